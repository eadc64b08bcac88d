#!/bin/sh
# Measures the wheel beside other libraries, and writes a page and a chart into docs:
#
#     bench.sh speed|e2e [WORK [ARGUMENTS]]
#
# `speed` is the codec, sessions and topics (benches/run.py), `e2e` the asyncio client with others
# through one mosquitto, which has to be in the PATH (benches/e2e.py). WORK is a scratch folder,
# target/wheel by default; figures are left there as JSON. The arguments go to the benchmark. PYTHON
# is the interpreter, python3 by default.
set -eu

what=${1:?what is to be measured: speed or e2e}
shift
here=$(cd "$(dirname "$0")/.." && pwd)
python=${PYTHON:-python3}
work=${1:-$here/../target/wheel}
[ $# = 0 ] || shift

case $what in
    speed) program=run.py peers='gmqtt>=0.7 mqtt5==0.8.*' ;;
    e2e) program=e2e.py peers='gmqtt>=0.7 aiomqtt>=2.4,<3' ;;
    *) echo "$what: speed or e2e" >&2; exit 2 ;;
esac

PYTHON=$python sh "$here/scripts/build_wheel.sh" "$work"
rm -rf "$work/bench-env"
"$python" -m venv "$work/bench-env"
bin=$work/bench-env/bin
"$bin/python" -m pip install --quiet --disable-pip-version-check --no-index --no-deps \
    "$work"/dist/mqtt_core-*.whl
# shellcheck disable=SC2086
set -f; "$bin/python" -m pip install --quiet --disable-pip-version-check \
    'paho-mqtt>=2.1,<3' 'matplotlib>=3.9' $peers
"$bin/python" "$here/benches/$program" --json "$work/$what.json" --docs "$here/docs" "$@"
