#!/bin/sh
# Looks for the programs that the tests use, and installs the Debian packages of those that are
# missing. Fails if one is still missing, unless ALLOW_MISSING=1.
set -u

# Where Debian has mosquitto; not in the PATH of every user.
PATH=$PATH:/usr/sbin

# program or file, Debian package
wanted='cc gcc
c++ g++
cmake cmake
nm binutils
git git
mosquitto mosquitto
mosquitto_pub mosquitto-clients
node nodejs
npm npm
pkg-config pkgconf
python3 python3
tshark tshark
/usr/include/sqlite3.h libsqlite3-dev
valgrind valgrind'

# Large, and for `make test-full` only.
if [ "${WITH_RABBITMQ:-0}" = 1 ]; then
    wanted="$wanted
rabbitmqctl rabbitmq-server"
fi

# A second compiler and the reference of the C library, for `make test-full` only.
if [ "${WITH_C_FULL:-0}" = 1 ]; then
    wanted="$wanted
clang clang
doxygen doxygen"
fi

# Clients in C and Go, for `make test-full` only.
if [ "${WITH_INTEROP_FULL:-0}" = 1 ]; then
    wanted="$wanted
go golang-go
/usr/include/mosquitto.h libmosquitto-dev
/usr/include/MQTTClient.h libpaho-mqtt-dev
/usr/share/gocode/src/github.com/eclipse/paho.mqtt.golang golang-github-eclipse-paho.mqtt.golang-dev"
fi

has() { command -v "$1" >/dev/null 2>&1 || [ -e "$1" ]; }

python=${PYTHON:-python3}
venv() { "$python" -c 'import ensurepip, venv' 2>/dev/null; }

# What clang links its fuzzer and sanitizers with; a package of its own.
clang_runtime() {
    [ "${WITH_C_FULL:-0}" != 1 ] ||
        [ -e "$(clang --print-file-name="libclang_rt.fuzzer-$(uname -m).a" 2>/dev/null)" ]
}

missing_packages() {
    echo "$wanted" | while read -r program package; do
        has "$program" || echo "$package"
    done
    venv || echo python3-venv
    clang_runtime || echo libclang-rt-dev
}

packages=$(missing_packages | tr '\n' ' ')
if [ -n "$packages" ] && command -v apt-get >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ]; then
        as_root=env
    elif command -v sudo >/dev/null 2>&1; then
        as_root='sudo env'
    else
        as_root=
    fi
    if [ -n "$as_root" ]; then
        echo "installing $packages"
        $as_root apt-get update -qq
        # shellcheck disable=SC2086
        $as_root DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
            $packages
    fi
fi

bad=0
say() { printf '%-12s %s\n' "$1" "$2"; }
lack() {
    say "$1" "MISSING: $2"
    bad=1
}

for program in rustc cargo; do
    if text=$($program --version 2>&1); then say "$program" "$text"; else lack "$program" rustup.rs; fi
done
for component in fmt clippy; do
    if text=$(cargo $component --version 2>&1); then
        say "$component" "$text"
    else
        lack "$component" "rustup component add rustfmt clippy"
    fi
done
while read -r program package; do
    if [ -e "$program" ]; then
        say "$package" "$program"
    elif has "$program"; then
        say "$program" "$($program --version 2>/dev/null </dev/null | head -n 1)"
    else
        lack "$program" "Debian package $package"
    fi
done <<END
$wanted
END
venv || lack venv "Debian package python3-venv"
clang_runtime || lack 'clang runtime' "Debian package libclang-rt-dev"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || lack "$python" "3.11 or later"

if [ $bad = 1 ] && [ "${ALLOW_MISSING:-0}" = 1 ]; then
    echo "going on without, as ALLOW_MISSING=1 says"
    exit 0
fi
exit $bad
