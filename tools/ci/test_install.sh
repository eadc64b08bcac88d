#!/bin/sh
# Installs the C library and builds programs against it as its users do: with pkg-config and with
# CMake, shared and static, in C and in C++.
set -eu
cd "$(dirname "$0")/../.."

make=${SUBMAKE:-make}
cc=${CC:-cc}
work=${CARGO_TARGET_DIR:-target}/test-install
mkdir -p "$work"
work=$(cd "$work" && pwd)
prefix=$work/prefix
rm -rf "${work:?}"/*

fail() {
    echo "test_install.sh: $1" >&2
    exit 1
}
# Ends well without the tool, if it may be missing.
need() {
    command -v "$1" >/dev/null 2>&1 && return
    echo "$1 is missing"
    [ "${ALLOW_MISSING:-0}" = 1 ]
    exit
}

$make --no-print-directory install PREFIX="$prefix" DESTDIR=

# DESTDIR is where a package is made; what is in the files speaks of PREFIX alone.
$make --no-print-directory install PREFIX=/opt/mqtt DESTDIR="$work/package"
list() { (cd "$1" && find . ! -type d | sort); }
[ "$(list "$prefix")" = "$(list "$work/package/opt/mqtt")" ] || fail 'DESTDIR gets other files'
[ "$(list "$work/package" | grep -cv '^\./opt/mqtt/')" = 0 ] || fail 'files beside the prefix'
if grep -rIl "$work" "$work/package"; then fail 'DESTDIR is in the files above'; fi

version=$(sed -n 's/^version = "\([0-9.]*\)"$/\1/p' Cargo.toml | head -n 1)
abi=$(sed -n 's/^#define MQC_LIBRARY_VERSION_M[AJINOR]* \([0-9]*\)$/\1/p' include/mqtt_core.h | paste -sd . -)
case $abi in 0.*) ;; *) abi=${abi%.*} ;; esac

# What a program records of the shared library, and that the name leads to a file.
needed() { readelf -d "$1" | sed -n "s/.*($2).*\[\(.*\)\]/\1/p"; }
if [ "$(uname -s)" = Linux ]; then
    need readelf
    soname=$(needed "$prefix/lib/libmqtt_core.so" SONAME)
    echo "SONAME $soname"
    [ "$soname" = "libmqtt_core.so.$abi" ] || fail "SONAME is not libmqtt_core.so.$abi"
    [ -e "$prefix/lib/$soname" ] || fail 'nothing has the name that programs look for'
fi

# $1 program, $2 shared or static.
check_links() {
    [ "$(uname -s)" = Linux ] || return 0
    found=no
    if needed "$1" NEEDED | grep -q libmqtt_core; then found=yes; fi
    case $2,$found in
    shared,yes | static,no) ;;
    *) fail "$1 is not linked $2" ;;
    esac
}
# $1 program, $2 shared or static: the example that decodes.
check_decodes() {
    check_links "$1" "$2"
    printed=$(printf '\062\011\000\003a/b\000\012hi' | "$1" 4)
    [ "$printed" = 'PUBLISH qos=1 packet_id=10 topic="a/b" payload="hi"' ] || fail "$1: $printed"
    echo "pkg-config, $2: $printed"
}

need pkg-config
export PKG_CONFIG_PATH="$prefix/lib/pkgconfig"
[ "$(pkg-config --modversion mqtt-core)" = "$version" ] || fail 'version of the pkg-config file'
# shellcheck disable=SC2046
$cc -std=c11 -Wall -Wextra -Werror -o "$work/shared" mqtt-ffi/examples/decode_publish.c \
    $(pkg-config --cflags --libs mqtt-core) "-Wl,-rpath,$prefix/lib"
check_decodes "$work/shared" shared
# In C++ with the whole header, and with a part of it.
for program in codec part; do
    # shellcheck disable=SC2046
    ${CXX:-c++} -std=c++17 -Wall -Wextra -Werror -o "$work/$program" \
        "mqtt-ffi/tests/cpp/$program.cpp" $(pkg-config --cflags --libs mqtt-core) \
        "-Wl,-rpath,$prefix/lib"
    check_links "$work/$program" shared
    "$work/$program" || fail "$program"
done
# Where only the archive is, the linker takes that.
mkdir "$work/archive"
ln -s "$prefix/lib/libmqtt_core.a" "$work/archive/"
# shellcheck disable=SC2046
$cc -std=c11 -Wall -Wextra -Werror -o "$work/static" mqtt-ffi/examples/decode_publish.c \
    $(pkg-config --static --cflags --libs --define-variable=libdir="$work/archive" mqtt-core)
check_decodes "$work/static" static
# Relocated by its user: the package's files where DESTDIR put them.
# shellcheck disable=SC2046
PKG_CONFIG_PATH="$work/package/opt/mqtt/lib/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$work/package" \
    sh -c '$0 -std=c11 -o "$1" mqtt-ffi/examples/decode_publish.c \
        $(pkg-config --cflags --libs mqtt-core) "-Wl,-rpath,$2"' \
    "$cc" "$work/packaged" "$work/package/opt/mqtt/lib"
check_decodes "$work/packaged" shared

need cmake
project() {
    cmake -S mqtt-ffi/tests/cmake -B "$work/$1" -DCMAKE_PREFIX_PATH="$2" -DVERSION="$3"
}
# Found at the prefix, and where the package was unpacked.
for place in "$prefix" "$work/package/opt/mqtt"; do
    rm -rf "$work/cmake"
    project cmake "$place" "$abi" >"$work/log" || { cat "$work/log"; exit 1; }
    cmake --build "$work/cmake" >"$work/log" || { cat "$work/log"; exit 1; }
    for kind in shared static; do
        check_links "$work/cmake/first-$kind" "$kind"
        printed=$("$work/cmake/first-$kind")
        [ "$printed" = 'sensors/7: 4 bytes of 18' ] || fail "first-$kind: $printed"
        echo "CMake, $kind: $printed"
        for program in codec part; do
            check_links "$work/cmake/$program-$kind" "$kind"
            "$work/cmake/$program-$kind" || fail "$program-$kind"
        done
    done
done
# A version with another ABI is not taken for this one.
for other in 99.0 "$version.1"; do
    if project other "$prefix" "$other" >"$work/log" 2>&1; then fail "CMake takes $version for $other"; fi
    grep -q 'compatible with' "$work/log" || { cat "$work/log"; exit 1; }
done
