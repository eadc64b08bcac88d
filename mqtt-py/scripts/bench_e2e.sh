#!/bin/sh
# Measures the asyncio client beside others through one mosquitto, and writes docs/e2e.md and
# docs/e2e.svg:
#
#     bench_e2e.sh [WORK [ARGUMENTS]]
#
# WORK is a scratch folder, target/wheel by default; figures are left in WORK/e2e.json. The arguments
# go to benches/e2e.py. PYTHON is the interpreter, python3 by default. mosquitto is in the PATH.
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
    'paho-mqtt>=2.1,<3' 'aiomqtt>=2.4,<3' 'gmqtt>=0.7' 'matplotlib>=3.9'
"$bin/python" "$here/benches/e2e.py" --json "$work/e2e.json" --docs "$here/docs" "$@"
