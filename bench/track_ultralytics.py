"""`ultralytics` YOLO.track over a stream, as its user writes it: CPU of a second of the stream, for `bench.streams`. Timing only.

Run by the Python of `bench.torch_venv` (it is AGPL-3.0), which is why it imports nothing of Pantau:
``python bench/track_ultralytics.py WEIGHTS STREAM FPS AFTER_S UNTIL_S``. Its last line is JSON: ``ms`` of CPU per second of the stream between the two,
and ``frames`` of it that were analysed in one.
"""

from __future__ import annotations

import json
import sys
import time

import cv2
import torch
from ultralytics import YOLO


def main(weights: str, stream: str, fps: float, after_s: float, until_s: float) -> None:
    """Track, with one thread, and print."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    model, marks = YOLO(weights), list[float]()
    tracked = model.track(
        source=stream, stream=True, persist=True, tracker="bytetrack.yaml", device="cpu", verbose=False
    )
    for number, _ in enumerate(tracked):
        second = number / fps
        if second >= after_s:
            marks.append(time.process_time())
        if second >= until_s:
            break
    spent, frames = marks[-1] - marks[0], len(marks) - 1
    print(json.dumps({"ms": spent * 1000 * fps / frames, "frames": fps}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *(float(word) for word in sys.argv[3:]))
