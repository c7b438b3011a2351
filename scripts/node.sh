#!/usr/bin/env bash
# Print the folder that holds Node 20.19 or newer and its npm: the system's, or one out of a Python package in .venv.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/say.sh

# What Vite asks for: 20.19, 22.12 or anything newer.
new_enough() {
    "$1" -e '
        const [major, minor] = process.versions.node.split(".").map(Number);
        process.exit((major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22 ? 0 : 1);
    ' </dev/null >/dev/null 2>&1
}

if command -v npm >/dev/null && new_enough node; then
    dirname "$(command -v node)"
    exit
fi
if ! { [ -x .venv/bin/npm ] && new_enough .venv/bin/node; }; then
    say "Node 20.19 or newer is needed for the web pages; found $(node --version 2>/dev/null || echo none). Fetching one into .venv (60 MB)"
    .venv/bin/python -m pip install -qq --no-deps --require-hashes -r requirements/node.txt >&2 ||
        die "could not fetch Node" "install Node 20.19 or newer yourself (Debian 12's own package is 18): https://nodejs.org"
    new_enough .venv/bin/node || die "the fetched Node does not run on this machine" "install Node 20.19 or newer: https://nodejs.org"
fi
echo "$PWD/.venv/bin"
