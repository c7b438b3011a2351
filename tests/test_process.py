"""What holds for a whole process is decided by who begins it, and by nobody who is imported."""

from __future__ import annotations

import os
import subprocess
import sys

ASK = "import cv2; print(cv2.getNumThreads())"


def threads(before: str, **told: str) -> int:
    """That OpenCV has in a process that begins so."""
    environ = {name: value for name, value in os.environ.items() if name != "OPENCV_FOR_THREADS_NUM"} | told
    asked = subprocess.run([sys.executable, "-c", f"{before}; {ASK}"], env=environ, capture_output=True, check=True)
    return int(asked.stdout)


def test_opencv_has_one_thread_where_a_command_or_a_bench_begins_and_its_own_elsewhere() -> None:
    begun = "from pantau.process import one_thread_each; one_thread_each()"
    assert threads(begun) == threads("import bench") == 1
    assert threads(begun, OPENCV_FOR_THREADS_NUM="3") == 3
    assert threads("import pantau.ingest.gate") == threads("pass")
