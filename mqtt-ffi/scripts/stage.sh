#!/bin/sh
# Puts the C library under a prefix, under the name it has for C:
#
#     stage.sh BUILT PREFIX
#
# BUILT is the folder where cargo put libmqtt_ffi.a and libmqtt_ffi.so, such as target/release.
# PREFIX gets include/mqtt_core.h, lib/libmqtt_core.a and lib/libmqtt_core.so with its links.
set -eu

built=$1
prefix=$2
here=$(cd "$(dirname "$0")" && pwd)
version=$(sed -n 's/^version = "\([0-9.]*\)"$/\1/p' "$here/../../Cargo.toml" | head -n 1)
major=${version%%.*}
# Before 1.0 each minor version has an ABI of its own (build.rs says the same in the SONAME).
if [ "$major" = 0 ]; then abi=${version%.*}; else abi=$major; fi

mkdir -p "$prefix/include" "$prefix/lib"
install -m 644 "$here/../../include/mqtt_core.h" "$prefix/include/"
install -m 644 "$built/libmqtt_ffi.a" "$prefix/lib/libmqtt_core.a"
case $(uname -s) in
Darwin)
    install -m 755 "$built/libmqtt_ffi.dylib" "$prefix/lib/libmqtt_core.$version.dylib"
    ln -sf "libmqtt_core.$version.dylib" "$prefix/lib/libmqtt_core.$abi.dylib"
    ln -sf "libmqtt_core.$abi.dylib" "$prefix/lib/libmqtt_core.dylib"
    ;;
*)
    install -m 755 "$built/libmqtt_ffi.so" "$prefix/lib/libmqtt_core.so.$version"
    ln -sf "libmqtt_core.so.$version" "$prefix/lib/libmqtt_core.so.$abi"
    ln -sf "libmqtt_core.so.$abi" "$prefix/lib/libmqtt_core.so"
    ;;
esac
