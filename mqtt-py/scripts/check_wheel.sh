#!/bin/sh
# Looks at the wheel in WORK/dist, target/wheel by default, without installing it:
#
#     check_wheel.sh [WORK]
#
# auditwheel says which systems it runs on, abi3audit that it uses nothing but the stable ABI it
# names, check-wheel-contents that all that is in it belongs there. PYTHON is the interpreter,
# python3 by default.
set -eu

here=$(cd "$(dirname "$0")/.." && pwd)
python=${PYTHON:-python3}
work=$(cd "${1:-$here/../target/wheel}" && pwd)

rm -rf "$work/check-env"
"$python" -m venv "$work/check-env"
bin=$work/check-env/bin
"$bin/python" -m pip install --quiet --disable-pip-version-check \
    'auditwheel>=6' 'abi3audit>=0.0.20' 'check-wheel-contents>=0.6'

for wheel in "$work"/dist/mqtt_core-*.whl; do
    case $wheel in
        *-cp311-abi3-manylinux*) ;;
        *) echo "not a wheel for the stable ABI of 3.11 and manylinux: $wheel" >&2; exit 1 ;;
    esac
    "$bin/auditwheel" show "$wheel"
    "$bin/abi3audit" --strict --summary "$wheel"
    "$bin/check-wheel-contents" "$wheel"
done
