#!/bin/sh
# Runs `make STEP` for each step, prints how long each took, and fails if one failed:
#
#     run_steps.sh STEP...
#
# A failed step does not stop the others, except `tools`, without which they mean nothing.
set -u

make=${SUBMAKE:-make}
table=
failed=
begin=$(date +%s)

clock() { printf '%d:%02d' $(($1 / 60)) $(($1 % 60)); }

for step in "$@"; do
    printf '\n==== %s\n' "$step"
    from=$(date +%s)
    if $make --no-print-directory "$step"; then
        result=ok
    else
        result=FAILED
        failed="$failed $step"
    fi
    took=$(clock $(($(date +%s) - from)))
    table="$table$(printf '%-20s %6s  %s' "$step" "$took" "$result")
"
    if [ "$step" = tools ] && [ -n "$failed" ]; then break; fi
done

printf '\n%-20s %6s\n%s' step time "$table"
printf '%-20s %6s\n' all "$(clock $(($(date +%s) - begin)))"
if [ -n "$failed" ]; then
    printf '\nfailed:%s\n' "$failed"
    exit 1
fi
