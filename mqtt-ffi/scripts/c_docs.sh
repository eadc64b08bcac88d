#!/bin/sh
# Makes the HTML reference of the C library with doxygen, whose warnings are errors, and checks that
# no function and no structure of the header is missing in it, and no part of that for C++:
#
#     c_docs.sh OUT
#
# The reference begins with OUT/html/index.html.
set -eu

mkdir -p "$1"
out=$(cd "$1" && pwd)
cd "$(dirname "$0")/../.."
version=$(sed -n 's/^version = "\([0-9.]*\)"$/\1/p' Cargo.toml | head -n 1)
rm -rf "$out/html"
{
    cat mqtt-ffi/Doxyfile
    echo "OUTPUT_DIRECTORY = \"$out\""
    echo "PROJECT_NUMBER = $version"
} | doxygen -

missing=0
# Names in front of a bracket at the begin of a line, and those behind `typedef struct`.
names=$(sed -n -e 's/^[a-z].*[ *]\(mqc_[a-z0-9_]*\)(.*/\1/p' \
    -e 's/^typedef [a-z]* \(mqc_[a-z0-9_]*\) .*/\1/p' include/mqtt_core.h)
for name in $names; do
    grep -q "$name" "$out/html/mqtt__core_8h.html" || {
        echo "$name is not in the reference" >&2
        missing=1
    }
done
for part in include/mqtt_core/*.hpp; do
    [ -e "$out/html/$(basename "$part" .hpp)_8hpp.html" ] || {
        echo "$part is not in the reference" >&2
        missing=1
    }
done
echo "$(echo "$names" | wc -l) functions and structures: $out/html/index.html"
exit $missing
