#!/usr/bin/env bash
# Run npm in web/ with a Node that is new enough. usage: scripts/web.sh install|build|check
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/say.sh

PATH=$(scripts/node.sh):$PATH
export PATH
cd web
quiet=(--no-audit --no-fund --no-update-notifier --loglevel=error)
case ${1:?install, build or check} in
install)
    say "installing the web packages"
    npm ci "${quiet[@]}" </dev/null >&2
    touch node_modules/.stamp
    ;;
build)
    say "building the web pages"
    npm run "${quiet[@]}" build </dev/null >&2
    [ -d dist ] || die "the web build left no web/dist"
    touch dist/.stamp
    ;;
check) npm run "${quiet[@]}" --if-present check </dev/null ;;
*) die "unknown step $1" ;;
esac
