"""What is decided once for a whole process, by who begins one: a command, a bench. Nothing that is imported decides it for others."""

from __future__ import annotations

import gc
import os


def one_thread_each() -> None:
    """Let OpenCV use the thread that calls it, and no others; said before it is imported, and to every process that this one starts.

    Streams are what runs side by side, and OpenCV's own threads spin while they wait. Who has set it otherwise keeps it.
    """
    os.environ.setdefault("OPENCV_FOR_THREADS_NUM", "1")


def keep_what_is_made() -> None:
    """Let what was made until now stay; to be called when all is made and nothing runs yet.

    The collector would look through all of it again for every quarter that is added, a tenth of a second during which nobody is
    answered and no picture is looked at.
    """
    gc.collect()
    gc.freeze()
