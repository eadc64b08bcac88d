#!/bin/sh
# Puts the C library under a prefix, under the name it has for C:
#
#     stage.sh BUILT PREFIX [DESTDIR]
#
# BUILT is the folder where cargo put libmqtt_ffi.a and libmqtt_ffi.so, such as target/release.
# PREFIX is where the library will be used; the files go to DESTDIR and PREFIX, one behind the other:
# the headers, the static and the shared library, and what pkg-config and CMake ask for. Needs rustc,
# which tells what the static library needs of the system.
set -eu

built=$1
prefix=$2
destination=${3:-}$prefix
here=$(cd "$(dirname "$0")" && pwd)
version=$(sed -n 's/^version = "\([0-9.]*\)"$/\1/p' "$here/../../Cargo.toml" | head -n 1)
major=${version%%.*}
# Before 1.0 each minor version has an ABI of its own (build.rs says the same in the SONAME).
if [ "$major" = 0 ]; then abi=${version%.*}; else abi=$major; fi

# The library links nothing but Rust's standard library, so an empty one needs the same.
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
needed=$(echo | "${RUSTC:-rustc}" --crate-name needed --crate-type staticlib \
    --print native-static-libs -o "$scratch/libneeded.a" - 2>&1 |
    sed -n 's/^note: native-static-libs: *//p')
if [ -z "$needed" ]; then
    echo "stage.sh: rustc does not tell which libraries a static library needs" >&2
    exit 1
fi

mkdir -p "$destination/include/mqtt_core" "$destination/lib/pkgconfig" "$destination/lib/cmake/mqtt-core"
install -m 644 "$here/../../include/mqtt_core.h" "$here/../../include/mqtt_core.hpp" \
    "$destination/include/"
install -m 644 "$here/../../include/mqtt_core/"*.hpp "$destination/include/mqtt_core/"
install -m 644 "$built/libmqtt_ffi.a" "$destination/lib/libmqtt_core.a"
case $(uname -s) in
Darwin)
    shared=libmqtt_core.$version.dylib
    soname=libmqtt_core.$abi.dylib
    link=libmqtt_core.dylib
    install -m 755 "$built/libmqtt_ffi.dylib" "$destination/lib/$shared"
    ;;
*)
    shared=libmqtt_core.so.$version
    soname=libmqtt_core.so.$abi
    link=libmqtt_core.so
    install -m 755 "$built/libmqtt_ffi.so" "$destination/lib/$shared"
    ;;
esac
ln -sf "$shared" "$destination/lib/$soname"
ln -sf "$soname" "$destination/lib/$link"

fill() {
    sed -e "s|@PREFIX@|$prefix|g" -e "s|@VERSION@|$version|g" -e "s|@ABI@|$abi|g" \
        -e "s|@SHARED@|$shared|g" -e "s|@SONAME@|$soname|g" -e "s|@LIBRARIES@|$needed|g" \
        -e "s|@LIBRARY_LIST@|$(echo "$needed" | tr -s ' ' ';')|g" "$1" >"$2"
    chmod 644 "$2"
}
fill "$here/../cmake/mqtt-core.pc.in" "$destination/lib/pkgconfig/mqtt-core.pc"
for name in mqtt-core-config mqtt-core-config-version; do
    fill "$here/../cmake/$name.cmake.in" "$destination/lib/cmake/mqtt-core/$name.cmake"
done
