#!/usr/bin/env bash
# Resolve pyproject.toml into requirements/*.txt with hashes and without addresses. usage: scripts/lock.sh [--upgrade]
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/say.sh

compile() { # compile NAME ARGUMENTS...: the newest releases that serve Python 3.11, for every platform
    local name=$1
    shift
    say "locking requirements/$name.txt"
    .venv/bin/uv pip compile --quiet --python-version 3.11 --universal --generate-hashes --no-emit-index-url \
        --custom-compile-command "make lock" --output-file "requirements/$name.txt" "$@"
}

compile run pyproject.toml "$@"
compile test pyproject.toml --group test --constraint requirements/run.txt "$@"
compile bootstrap --group bootstrap "$@"
compile node --group node "$@"
if grep -nE '://|^ *-i |index-url|find-links|file:' requirements/*.txt; then die "a lock holds an address"; fi
