#!/bin/sh
# Installs the C library into an empty folder and builds the example against it, as its users do.
set -eu
cd "$(dirname "$0")/../.."

make=${SUBMAKE:-make}
work=${CARGO_TARGET_DIR:-target}/test-install
mkdir -p "$work"
work=$(cd "$work" && pwd)
rm -rf "$work/prefix"
$make --no-print-directory install PREFIX="$work/prefix" DESTDIR=

if ! command -v pkg-config >/dev/null 2>&1; then
    echo 'pkg-config is missing'
    [ "${ALLOW_MISSING:-0}" = 1 ]
    exit
fi
export PKG_CONFIG_PATH="$work/prefix/lib/pkgconfig"
flags=$(pkg-config --cflags --libs mqtt-core)
# shellcheck disable=SC2086
${CC:-cc} -std=c11 -Wall -Wextra -Werror -o "$work/example" mqtt-ffi/examples/decode_publish.c \
    $flags "-Wl,-rpath,$work/prefix/lib"
printed=$(printf '\062\011\000\003a/b\000\012hi' | "$work/example" 4)
echo "$printed"
[ "$printed" = 'PUBLISH qos=1 packet_id=10 topic="a/b" payload="hi"' ]
