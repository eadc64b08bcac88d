#!/bin/sh
# Builds the codec as an archive for programs without an allocator and without Rust's std, proves by
# its symbols that it needs neither, and runs it in a program that has no C library either:
#
#     codec_only.sh OUT
#
# Needs nm and a C compiler. The archive is OUT/embedded/libmqtt_ffi.a; what to link it with is in
# include/mqtt_core.h: the functions that the archive has. A defect of the library calls abort().
set -eu

mkdir -p "$1"
out=$(cd "$1" && pwd)
cd "$(dirname "$0")/../.."
"${CARGO:-cargo}" rustc --locked -p mqtt-ffi --lib --crate-type staticlib --profile embedded \
    --no-default-features --target-dir "$out"
archive=$out/embedded/libmqtt_ffi.a

# The library is one object of the archive; the others are helpers of Rust's compiler, of which a
# program gets those that are called. It may need what C compilers call without being asked, and abort.
${NM:-nm} -A -P "$archive" 2>/dev/null | awk '
    { member = $1 }
    $2 ~ /^mqc_/ && $3 == "T" { library[member]; functions++ }
    { if ($3 == "U") needs[member] = needs[member] " " $2 }
    END {
        for (member in library) print "library" needs[member]
        print "functions " functions
    }' >"$out/symbols"
functions=$(sed -n 's/^functions //p' "$out/symbols")
needed=$(sed -n 's/^library //p' "$out/symbols")
for name in $needed; do
    case $name in
    memcpy | memmove | memset | memcmp | bcmp | abort) ;;
    *)
        echo "codec_only.sh: the archive needs $name" >&2
        exit 1
        ;;
    esac
done
if [ "$(grep -c '^library' "$out/symbols")" != 1 ] || [ "${functions:-0}" -lt 20 ]; then
    echo 'codec_only.sh: the functions are not where this script looks for them' >&2
    exit 1
fi
echo "codec only: $functions functions, which need $needed"

# A program without a C library, where it is known how to end it.
if [ "$(uname -sm)" = 'Linux x86_64' ]; then
    ${CC:-cc} -std=c11 -O1 -Wall -Wextra -Werror -ffreestanding -fno-stack-protector -nostdlib -static \
        -Wl,--gc-sections -Wl,-e,begin -I include -o "$out/bare" mqtt-ffi/tests/bare/bare.c "$archive"
    code=0
    "$out/bare" || code=$?
    [ $code = 0 ] || {
        echo "codec_only.sh: check $code of the program without a C library fails" >&2
        exit 1
    }
    echo 'codec only: works without a C library'
fi
