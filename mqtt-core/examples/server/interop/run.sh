#!/bin/sh
# Plays the scenarios of all clients against mqc-server:
#
#     run.sh [full]
#
# Without `full` mosquitto's programs, paho-mqtt, MQTT.js and the clients of our C library; with it libmosquitto, Paho for C and Go, and aiomqtt.
# Their versions are in requirements.txt and package.json: `npm install --package-lock-only
# --omit-lockfile-registry-resolved mqtt@latest` in this folder takes a newer one.
#
# MQC_SERVER is the server, TARGET a folder for what is installed and built here. PYTEST_ARGS go to pytest;
# MQC_ONLY is a part of the names of those scenarios that programs play.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
work=$TARGET/interop
# Where Debian has mosquitto; not in the PATH of every user.
PATH=$PATH:/usr/sbin
export MQC_WORK="$work/runs"

# Ends this if a program is missing: well with ALLOW_MISSING=1, else not.
need() {
    for program in "$@"; do
        command -v "$program" >/dev/null && continue
        echo "$program is missing"
        [ "${ALLOW_MISSING:-0}" = 1 ]
        exit
    done
}

mkdir -p "$work"
rm -rf "$MQC_WORK"
[ -x "$work/venv/bin/python" ] || "${PYTHON:-python3}" -m venv "$work/venv"
python=$work/venv/bin/python
"$python" -m pip install --quiet --disable-pip-version-check -r "$here/requirements.txt"
"$python" -m pip list --disable-pip-version-check | grep -i mqtt

cd "$here"
if [ "${1:-}" = full ]; then
    need cc go pkg-config
    sh full/build.sh "$work/bin"
    export MQC_BIN="$work/bin"
    scenarios=full
else
    need mosquitto_pub node npm
    # In a folder of its own, as npm writes beside the two files.
    if ! cmp -s package-lock.json "$work/node/installed.json"; then
        mkdir -p "$work/node"
        cp package.json package-lock.json "$work/node"
        npm ci --prefix "$work/node" --no-audit --no-fund --loglevel error
        cp package-lock.json "$work/node/installed.json"
    fi
    export NODE_PATH="$work/node/node_modules"
    echo "MQTT.js $(node -p 'require("mqtt/package.json").version'), node $(node --version)"
    # Our own clients in C, linked to the library that was built beside the server.
    need cc
    root=$here/../../../..
    sh "$root/mqtt-ffi/scripts/stage.sh" "$(dirname "$MQC_SERVER")" "$work/prefix"
    mkdir -p "$work/c"
    libraries=$(sed -n 's/^Libs.private: //p' "$work/prefix/lib/pkgconfig/mqtt-core.pc")
    for client in mqc_pub mqc_sub; do
        # shellcheck disable=SC2086
        cc -std=c11 -O1 -I "$work/prefix/include" -o "$work/c/$client" \
            "$root/mqtt-ffi/examples/$client.c" "$work/prefix/lib/libmqtt_core.a" $libraries
    done
    export MQC_C="$work/c"
    scenarios=
fi
"$python" -m mypy --cache-dir "$TARGET/mypy" .
# shellcheck disable=SC2086
PYTHONDONTWRITEBYTECODE=1 "$python" -m pytest $scenarios ${PYTEST_ARGS:-}
