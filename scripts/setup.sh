#!/usr/bin/env bash
# Build .venv from the hashed locks. usage: scripts/setup.sh run|test
# Registries are the ones pip is configured for; no address is named here.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/say.sh

lock=requirements/${1:?run or test}.txt
[ -f "$lock" ] || die "no lock $lock" "usage: scripts/setup.sh run|test"

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
    for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11; do
        if new_enough "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    die "Pantau needs Python 3.11 or newer; found $(python3 --version 2>&1 || echo none)" \
        "Debian 12 has it: apt-get install python3 python3-venv" \
        "or name one:      make PYTHON=/path/to/python3.12 setup"
}

if ! new_enough .venv/bin/python; then
    python=$(find_python)
    say "making .venv with $("$python" --version)"
    "$python" -m venv --clear .venv || die "could not make .venv" "Debian keeps it apart: apt-get install python3-venv"
fi

if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    die ".venv has no pip" "remove .venv and run make again"
fi

say "installing the installer"
.venv/bin/python -m pip install -qq --no-deps --require-hashes -r requirements/bootstrap.txt

# uv does not read pip's configuration; a mirror set there is passed on.
index=$(.venv/bin/python -m pip config get global.index-url 2>/dev/null || true)
[ -z "${PIP_INDEX_URL:-$index}" ] || export UV_DEFAULT_INDEX=${UV_DEFAULT_INDEX:-${PIP_INDEX_URL:-$index}}
export UV_LINK_MODE=${UV_LINK_MODE:-copy} VIRTUAL_ENV=$PWD/.venv

say "installing $(grep -c '^[a-z].*==' "$lock") packages of $lock (1 GB, about a minute)"
if ! .venv/bin/uv pip install --no-progress --quiet --no-deps --require-hashes -r "$lock"; then
    say "uv could not; trying pip, which is slower"
    .venv/bin/python -m pip install --no-deps --require-hashes -r "$lock"
fi

say "installing pantau itself"
.venv/bin/python -m pip install -qq --no-deps --no-index --no-build-isolation --editable .
touch ".venv/.$1"
[ "$1" != test ] || touch .venv/.run # the test lock holds the run lock, pin for pin
