#!/bin/sh
# Builds the wheel into WORK/dist, in an empty environment:
#
#     build_wheel.sh WORK
#
# WORK/dist has no other wheel then. PYTHON is the interpreter, python3 by default.
set -eu

here=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$1"
work=$(cd "$1" && pwd)
rm -rf "$work/dist" "$work/build-env"

"${PYTHON:-python3}" -m venv "$work/build-env"
"$work/build-env/bin/python" -m pip install --quiet --disable-pip-version-check 'maturin>=1.9.4,<2'
"$work/build-env/bin/maturin" build --profile wheel --locked --manifest-path "$here/Cargo.toml" \
    --out "$work/dist"
