#!/bin/sh
# Builds the wheel and tests it as a user gets it:
#
#     test_wheel.sh [WORK]
#
# build_wheel.sh builds the wheel; an empty environment gets the wheel and nothing else, imports it,
# and then gets the tools of the tests. WORK is a scratch folder, target/wheel by default. The wheel
# is left in WORK/dist. PYTHON is the interpreter, python3 by default; PYTEST_ARGS go to pytest.
# MQC_SERVER is the path of mqc-server, for the tests of the examples and the pages, which also need mosquitto.
# WHEEL_ONLY=1 ends when the wheel is built and has been looked at by check_wheel.sh.
set -eu

here=$(cd "$(dirname "$0")/.." && pwd)
python=${PYTHON:-python3}
work=${1:-$here/../target/wheel}

PYTHON=$python sh "$here/scripts/build_wheel.sh" "$work"
work=$(cd "$work" && pwd)
if [ "${WHEEL_ONLY:-0}" = 1 ]; then
    PYTHON=$python sh "$here/scripts/check_wheel.sh" "$work"
    exit 0
fi

rm -rf "$work/test-env"
"$python" -m venv "$work/test-env"
bin=$work/test-env/bin
"$bin/python" -m pip install --quiet --disable-pip-version-check --no-index --no-deps \
    "$work"/dist/mqtt_core-*.whl
# Alone in its environment, far from the sources.
(cd / && "$bin/python" -W error -c 'import mqtt_core; print("imported", mqtt_core.__name__)')

"$bin/python" -m pip install --quiet --disable-pip-version-check \
    'rich>=13' \
    'pytest>=8' 'hypothesis>=6.100' 'pytest-run-parallel>=0.4' 'trio>=0.30' 'trustme>=1.2' \
    'websockets>=15' 'paho-mqtt>=2.1,<3' 'aiomqtt>=2.4,<3' 'gmqtt>=0.7' 'uvloop>=0.22' \
    'mypy>=1.16' 'pyright>=1.1.400' 'ruff>=0.9'
cd "$here"
# shellcheck disable=SC2086
"$bin/python" -m pytest --ignore=tests/aio ${PYTEST_ARGS:-}
# Tasks and sockets that are forgotten are warnings, and those of asyncio need a debug mode.
"$bin/python" -X dev -W error -m pytest --quiet tests/aio
# What does not look at memory or at warnings, each test in several threads at once.
"$bin/python" -m pytest --quiet --parallel-threads=4 --mark-hypothesis-as-unsafe \
    tests/test_codec.py tests/test_decoder.py \
    tests/test_packets.py tests/test_values.py
# The benchmarks run, with no other library to be compared with.
"$bin/python" benches/run.py --smoke
"$bin/python" benches/e2e.py --smoke
"$bin/python" -m mypy --strict tests examples benches
"$bin/python" -m mypy.stubtest --mypy-config-file pyproject.toml mqtt_core
"$bin/pyright" --project . --pythonpath "$bin/python"
"$bin/ruff" check .
"$bin/ruff" format --check .
