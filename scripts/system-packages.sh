#!/usr/bin/env bash
# Install what Debian has and a registry of Python packages has not. usage: scripts/system-packages.sh demo|test
# demo: the RTSP server (optional: without it the demo reads files). test: that and a browser (needed).
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/say.sh

purpose=${1:?demo or test}

has_venv() { [ -x .venv/bin/python ] || python3 -c 'import ensurepip, venv' 2>/dev/null; }
has_browser() { command -v chromium chromium-browser google-chrome >/dev/null 2>&1; }
has_rtsp_server() { # gi lives beside the system's Python, never in .venv
    /usr/bin/python3 - 2>/dev/null <<'PY'
import sys
import gi
gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gst, GstRtspServer
Gst.init(None)
sys.exit(not all(map(Gst.ElementFactory.find, ("appsrc", "h264parse", "rtph264pay"))))
PY
}

packages=()
has_venv || packages+=(python3-venv)
has_rtsp_server || packages+=(python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad)
if [ "$purpose" = test ]; then
    has_browser || packages+=(chromium)
fi
[ ${#packages[@]} -gt 0 ] || exit 0

give_up() {
    if [ "$purpose" = demo ] && has_venv; then
        say "going on without the RTSP server ($1); for a camera over real RTSP: apt-get install ${packages[*]}"
        exit 0
    fi
    die "system packages are missing, and $1" "as root, run: apt-get install ${packages[*]}"
}

command -v apt-get >/dev/null || give_up "this is not a Debian system"
[ "$(id -u)" = 0 ] || give_up "only root may install them"

export DEBIAN_FRONTEND=noninteractive
if ! apt-cache show "${packages[@]}" >/dev/null 2>&1; then
    say "reading Debian's package lists"
    apt-get update -qq </dev/null || give_up "Debian's package lists can't be read"
fi
say "installing from Debian: ${packages[*]}"
install() { apt-get install -y -qq --no-install-recommends "${packages[@]}" </dev/null; }
if ! install; then
    say "trying once more with fresh package lists"
    { apt-get update -qq </dev/null && install; } || give_up "apt-get failed"
fi
