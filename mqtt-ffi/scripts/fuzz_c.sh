#!/bin/sh
# Fuzzes the C library through C with clang's libFuzzer and its sanitizers:
#
#     fuzz_c.sh OUT SECONDS
#
# Builds the library in OUT, with counters in it that lead the fuzzer. New inputs go to OUT/corpus, what
# fails to OUT; the seeds are the packets of fuzz/corpus/decode, once for each version, and the bytes that
# sessions and brokers in Rust have got. Each target runs for SECONDS.
set -eu

mkdir -p "$1"
out=$(cd "$1" && pwd)
seconds=$2
cd "$(dirname "$0")/../.."

# Only for the target: a build script could not be linked with the counters.
host=$(rustc -vV | sed -n 's/^host: //p')
RUSTFLAGS="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters
    -Cllvm-args=-sanitizer-coverage-pc-table -Copt-level=1" \
    "${CARGO:-cargo}" build --locked -p mqtt-ffi --lib --target "$host" --target-dir "$out/target"
sh mqtt-ffi/scripts/stage.sh "$out/target/$host/debug" "$out/prefix"
libraries=$(sed -n 's/^Libs.private: //p' "$out/prefix/lib/pkgconfig/mqtt-core.pc")
# shellcheck disable=SC2086
for target in decode session; do
    mkdir -p "$out/corpus/$target" "$out/seeds/$target"
    "${CLANG:-clang}" -std=c11 -g -O1 -Wall -Wextra -Werror -fsanitize=fuzzer,address,undefined \
        -fno-sanitize-recover=all -I "$out/prefix/include" -o "$out/$target" \
        mqtt-ffi/fuzz/$target.c "$out/prefix/lib/libmqtt_core.a" $libraries
done

for seed in fuzz/corpus/decode/*; do
    for version in 0 1 2 3; do
        { printf "\\00$version\\007"; cat "$seed"; } >"$out/seeds/decode/${seed##*/}-$version"
    done
done
for seed in fuzz/corpus/broker_bytes/* fuzz/corpus/client_bytes/*; do
    for role in 0 1 2; do
        { printf "\\00$role"; cat "$seed"; } >"$out/seeds/session/${seed##*/}-$role"
    done
done
# No path with a blank in it is cut: what fails is written to where this runs.
dict=$PWD/fuzz/dict/mqtt.dict
cd "$out"
for target in decode session; do
    "./$target" -max_len=4096 -dict="$dict" -max_total_time="$seconds" -print_final_stats=1 \
        "corpus/$target" "seeds/$target"
done
