#!/bin/sh
# Builds the programs of this folder: build.sh FOLDER.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
flags='-std=gnu11 -g -Wall -Wextra -Werror'
# shellcheck disable=SC2046,SC2086
"${CC:-cc}" $flags "$here/libmosquitto.c" -o "$1/libmosquitto" $(pkg-config --cflags --libs libmosquitto)
# Debian has no file of pkg-config for this one.
# shellcheck disable=SC2086
"${CC:-cc}" $flags "$here/paho_c.c" -o "$1/paho_c" -lpaho-mqtt3cs
# Debian's Go packages are sources; nothing is fetched.
GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE="$1/go-cache" go build -o "$1/paho_go" "$here/paho.go"
