#!/bin/sh
# Prints the pkg-config file of the C library for this prefix:
#
#     pkg_config.sh PREFIX
set -eu

prefix=$1
version=$(sed -n 's/^version = "\([0-9.]*\)"$/\1/p' "$(dirname "$0")/../../Cargo.toml" | head -n 1)
case $(uname -s) in
Linux) libraries='-lgcc_s -lpthread -ldl -lm -lc' ;;
*) libraries='-lpthread -lm' ;;
esac

cat <<END
prefix=$prefix
includedir=\${prefix}/include
libdir=\${prefix}/lib

Name: mqtt-core
Description: MQTT 3.1.1 and 5.0 without I/O
Version: $version
Cflags: -I\${includedir}
Libs: -L\${libdir} -lmqtt_core
Libs.private: $libraries
END
