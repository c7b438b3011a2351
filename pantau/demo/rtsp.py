"""A real RTSP server on this computer for the demo and the tests, where GStreamer's is installed.

It runs in the system's Python (gi is never in a venv) as a child that ends with the block.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from pathlib import Path

from pantau.errors import SourceError

SYSTEM_PYTHON = "/usr/bin/python3"
ASK = (
    "import gi; gi.require_version('Gst', '1.0'); gi.require_version('GstRtspServer', '1.0');"
    "from gi.repository import Gst, GstRtspServer; Gst.init(None);"
    "assert all(map(Gst.ElementFactory.find, ('appsrc', 'h264parse', 'rtph264pay')))"
)


@cache
def server_python() -> str:
    """The Python that can run the server, or an empty text."""
    try:
        done = subprocess.run([SYSTEM_PYTHON, "-c", ASK], capture_output=True, timeout=30, check=False)  # noqa: S603  # fixed words
    except (OSError, subprocess.SubprocessError):
        return ""
    return SYSTEM_PYTHON if done.returncode == 0 else ""


@contextmanager
def rtsp_server(mounts: Mapping[str, Path], port: int) -> Iterator[str]:
    """Serve H.264 files under their names on 127.0.0.1; gives the address that the names are appended to.

    Raises:
        SourceError: the server does not start.
    """
    script = str(files("pantau.demo").joinpath("rtsp_server.py"))
    words = ["--pause", "3", *(f"{name}={path}" for name, path in mounts.items())]
    child = subprocess.Popen(  # noqa: S603  # our own script and paths
        [SYSTEM_PYTHON, script, "--with-parent", "--port", str(port), *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        if child.stdout is None or not child.stdout.readline().startswith("ready"):
            raise SourceError(f"the RTSP server did not start on port {port}; another program may have the port")
        yield f"rtsp://127.0.0.1:{port}/"
    finally:
        child.terminate()
        try:
            child.wait(5)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
