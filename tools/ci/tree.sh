#!/bin/sh
# Looks through the sources for what should not be there: paths of one machine, marks of unfinished
# work, tests that do not run.
set -u
cd "$(dirname "$0")/../.." || exit 1

bad=0
# `[x]` keeps this file from finding itself.
refuse() {
    if grep -rnIE --exclude-dir=.git --exclude-dir=target --exclude-dir=artifacts \
        --exclude-dir=__pycache__ --exclude-dir=.venv -e "$1" .; then
        echo "^ $2"
        bad=1
    fi
}

refuse '(^|[^A-Za-z0-9_.*/-])/(wor[k]|tm[p]|roo[t]|hom[e]|User[s])/' 'path of a machine'
refuse '\b(TOD[O]|FIXM[E]|XX[X]|HAC[K])\b' 'mark of unfinished work'
refuse '\b(tod[o]|unimplemente[d])!' 'stub'
refuse '#\[ignor[e]' 'test that does not run'

[ $bad = 0 ] && echo 'nothing found'
exit $bad
