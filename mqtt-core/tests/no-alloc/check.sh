#!/bin/sh
# Builds the codec into a program without std and without an allocator, proves by its symbols that
# it has none, and runs it. Needs cargo, a C linker, nm and timeout. Exit code 0 if all is well.
#
#     mqtt-core/tests/no-alloc/check.sh
set -eu

cd "$(dirname "$0")"
for profile in dev release; do
    cargo build --quiet --locked --profile "$profile"
    folder=$([ "$profile" = dev ] && echo debug || echo "$profile")
    program=${CARGO_TARGET_DIR:-target}/$folder/no-alloc

    symbols=$(nm "$program")
    # The test looks at the right thing: the decoder is in there.
    case $symbols in
        *mqtt_core*) ;;
        *) echo "$profile: the codec is not in $program" >&2; exit 1 ;;
    esac
    if echo "$symbols" | grep -E '[ _]((m|c|re|aligned_)alloc|free|posix_memalign|memalign|reallocarray|__rust_(alloc|dealloc|realloc|alloc_zeroed)|__rdl_alloc|__rg_alloc)(@|$)'; then
        echo "$profile: $program refers to an allocator" >&2
        exit 1
    fi
    code=0
    timeout 10 "$program" || code=$?
    if [ "$code" -ne 0 ]; then
        echo "$profile: check $code of $program fails (124: it panicked)" >&2
        exit 1
    fi
    echo "no-alloc: $profile build has no allocator and works"
done
