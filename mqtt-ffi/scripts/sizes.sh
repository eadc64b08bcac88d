#!/bin/sh
# Prints how much the C library adds to a program, as a table in Markdown:
#
#     sizes.sh OUT
#
# Each row is a program that has all functions of an archive, linked with --gc-sections and stripped,
# less the same program without them. Archives are built in OUT, for size (profile `embedded`). Needs
# cargo, a C compiler, nm, size and strip.
set -eu

mkdir -p "$1"
out=$(cd "$1" && pwd)
cd "$(dirname "$0")/../.."
cargo=${CARGO:-cargo}
has() { grep -q "^$1 = " mqtt-ffi/Cargo.toml; }

# $1 folder, $2 features: an archive, and what it needs of the system.
archive() {
    "$cargo" rustc --quiet --locked -p mqtt-ffi --lib --crate-type staticlib --profile embedded \
        --no-default-features --features "$2" --target-dir "$out/$1" >&2
}
needed=$(echo | "${RUSTC:-rustc}" --crate-name needed --crate-type staticlib \
    --print native-static-libs -o "$out/libneeded.a" - 2>&1 |
    sed -n 's/^note: native-static-libs: *//p')
rm -f "$out/libneeded.a"

# $1 name of the program, the functions it has on the standard input, further arguments for the linker.
program() {
    source=$out/$1.c
    target=$out/$1
    shift
    {
        functions=$(cat)
        for name in $functions; do echo "void $name(void);"; done
        echo 'void (*const volatile table[])(void) = {0'
        for name in $functions; do echo ", $name"; done
        echo '}; int main(void) { return table[0] != 0; }'
    } >"$source"
    # shellcheck disable=SC2086
    ${CC:-cc} -Os -ffunction-sections -Wl,--gc-sections -o "$target" "$source" "$@" $needed
    strip "$target"
}
figures() { size "$1" | awk 'NR == 2 { print $1, $2 + $3 }'; }
kib() { awk "BEGIN { printf \"%.0f\", ($1) / 1024 }"; }

# $1 what the row says, $2 its name, the functions on the standard input, $3 archive.
row() {
    program "$2" "$3"
    set -- "$1" "$2" "$(figures "$out/$2")" "$(figures "$out/nothing")"
    count=$(grep -c '^, mqc_' "$out/$2.c")
    echo "| $1 | $count | $(kib "${3% *} - ${4% *}") | $(kib "${3#* } - ${4#* }") |"
}
functions() { ${NM:-nm} -P "$1" 2>/dev/null | awk '/^mqc_/ && $2 == "T" { print $1 }' | sort -u; }

echo '| program | functions | code and constants, KiB | data, KiB |'
echo '|---|--:|--:|--:|'
echo | program nothing

archive codec ''
codec=$out/codec/embedded/libmqtt_ffi.a
printf 'mqc_decode\n' | row 'decode' decode "$codec"
printf 'mqc_decode\nmqc_encode\nmqc_property_next\nmqc_property_put\n' |
    row 'decode, encode, properties' both "$codec"
functions "$codec" | row 'codec only, all of it' codec_all "$codec"
if has sessions; then
    archive sessions sessions
    functions "$out/sessions/embedded/libmqtt_ffi.a" |
        row 'codec and sessions' sessions_all "$out/sessions/embedded/libmqtt_ffi.a"
fi
archive all default
functions "$out/all/embedded/libmqtt_ffi.a" |
    row 'everything' all_all "$out/all/embedded/libmqtt_ffi.a"

"$cargo" build --quiet --locked --release -p mqtt-ffi --lib --target-dir "$out/release" >&2
shared=$out/release/release/libmqtt_ffi.so
[ -e "$shared" ] || shared=${shared%.so}.dylib
strip -o "$out/shared" "$shared"
echo
echo "The shared library as it is installed, stripped: $(kib "$(wc -c <"$out/shared")") KiB."
echo "$("${RUSTC:-rustc}" --version), $(${CC:-cc} --version | head -n 1), $(uname -m)"
