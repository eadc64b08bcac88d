#!/bin/sh
# Measures the wheel beside other libraries, and writes docs/speed.md and docs/speed.svg:
#
#     bench.sh [WORK [ARGUMENTS]]
#
# WORK is a scratch folder, target/wheel by default; figures are left in WORK/speed.json. The
# arguments go to benches/run.py. PYTHON is the interpreter, python3 by default.
set -eu

here=$(cd "$(dirname "$0")/.." && pwd)
python=${PYTHON:-python3}
work=${1:-$here/../target/wheel}
[ $# = 0 ] || shift

PYTHON=$python sh "$here/scripts/build_wheel.sh" "$work"
rm -rf "$work/bench-env"
"$python" -m venv "$work/bench-env"
bin=$work/bench-env/bin
"$bin/python" -m pip install --quiet --disable-pip-version-check --no-index --no-deps \
    "$work"/dist/mqtt_core-*.whl
"$bin/python" -m pip install --quiet --disable-pip-version-check \
    'paho-mqtt>=2.1,<3' 'gmqtt>=0.7' 'mqtt5==0.8.*' 'matplotlib>=3.9'
"$bin/python" "$here/benches/run.py" --json "$work/speed.json" --docs "$here/docs" "$@"
