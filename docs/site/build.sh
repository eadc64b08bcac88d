#!/bin/sh
# Builds the documentation site into WORK/html, strictly: a link to what is not there is an error.
#
#     build.sh [WORK]
#
# WORK is a scratch folder, target/site by default. The tools come by pip, into an environment of
# their own, and mermaid, which draws the diagrams, by npm; the site has a copy of it, and asks for
# nothing elsewhere. PYTHON is the interpreter, python3 by default.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
python=${PYTHON:-python3}
mkdir -p "${1:-$here/../../target/site}"
work=$(cd "${1:-$here/../../target/site}" && pwd)
mermaid=11.12.2

if ! cmp -s "$here/requirements.txt" "$work/env/requirements.txt"; then
    rm -rf "$work/env"
    "$python" -m venv "$work/env"
    "$work/env/bin/python" -m pip install --quiet --disable-pip-version-check \
        -r "$here/requirements.txt"
    cp "$here/requirements.txt" "$work/env"
fi
if [ ! -f "$work/mermaid-$mermaid.min.js" ]; then
    command -v npm >/dev/null || { echo 'npm is missing'; [ "${ALLOW_MISSING:-0}" = 1 ]; exit; }
    (cd "$work" && npm pack --silent "mermaid@$mermaid" >/dev/null)
    tar -xzOf "$work/mermaid-$mermaid.tgz" package/dist/mermaid.min.js >"$work/mermaid.part"
    mv "$work/mermaid.part" "$work/mermaid-$mermaid.min.js"
    rm "$work/mermaid-$mermaid.tgz"
fi

"$work/env/bin/python" "$here/gather.py" "$work" --mermaid "$work/mermaid-$mermaid.min.js"
rm -rf "$work/html"
NO_MKDOCS_2_WARNING=1 "$work/env/bin/python" -m mkdocs build --strict \
    -f "$work/mkdocs.yml" -d "$work/html" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
"$work/env/bin/python" "$here/alone.py" "$work/html"
echo "the site: $work/html/index.html"
