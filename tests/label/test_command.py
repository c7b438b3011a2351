"""The real command: what it acknowledged outlives a kill, a second start goes on, and nothing of the clip stays behind."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.running_city import ROOT, until

NEW = {"line": "A", "frame": 21, "along": 0.4, "direction": "forward", "road_user": "motorcycle"}


@dataclass
class Running:
    process: subprocess.Popen[bytes]
    client: httpx.Client


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The working folder of the command, whose temporary files go into it as well."""
    made = tmp_path / "kerja"
    made.mkdir()
    return made


@contextmanager
def started(folder: Path, clip: Path, camera: Path) -> Iterator[Running]:
    """`pantau label` in a folder, opened at the printed address."""
    log = folder / "log"
    words = ["label", str(clip), "--camera", str(camera), "--source-fps", "10", "--start", "2026-01-31T07:00:00Z"]
    with log.open("wb") as terminal:
        process = subprocess.Popen(
            [sys.executable, "-m", "pantau.cli", *words],
            stderr=terminal,
            cwd=folder,
            env=os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(folder), "PYTHONWARNINGS": "error"},
        )
    try:
        until("it serves", lambda: "Ctrl-C" in log.read_text("utf-8") or process.poll() is not None, 30)
        address = re.search(r"count at (\S+)/\?token=(\S+)", log.read_text("utf-8"))
        assert address, log.read_text("utf-8")
        with httpx.Client(base_url=address[1], follow_redirects=True, timeout=10) as client:
            assert client.get("/", params={"token": address[2]}).status_code == 200
            yield Running(process, client)
    finally:
        process.kill()
        process.wait(10)


def kept(folder: Path) -> list[int]:
    return [c["frame"] for c in json.loads((folder / "labels.json").read_text())["lines"][0]["crossings"]]


def read_whole(running: Running) -> None:
    until("the clip is read", lambda: running.client.get("/api/label/reading").json()["state"] == "read")


def test_a_kill_loses_nothing_that_was_acknowledged(folder: Path, clip: Path, camera_file: Path) -> None:
    acknowledged = []
    with started(folder, clip, camera_file) as running:
        read_whole(running)
        for frame in range(1, 31):
            assert running.client.post("/api/label/crossings", json=NEW | {"frame": frame}).status_code == 200
            acknowledged.append(frame)
        running.process.kill()
    assert kept(folder) == acknowledged
    with started(folder, clip, camera_file) as running:
        assert len(running.client.get("/api/label/sheet").json()["crossings"]) == 30
        read_whole(running)
        running.client.post("/api/label/crossings", json=NEW | {"frame": 31})
        running.client.put("/api/label/lines/A/labelled", json={"from_s": 0, "to_s": 4})
        assert running.client.post("/api/label/finish").status_code == 204
        assert running.process.wait(20) == 0
    assert kept(folder) == [*acknowledged, 31]
    said = (folder / "log").read_text("utf-8")
    assert "A: 31 crossings, labelled from 0.0 to 4.0 s" in said
    assert "pantau evaluate" in said
    assert sorted(path.name for path in folder.iterdir()) == ["labels.json", "log"]  # no picture stays behind


def test_ctrl_c_ends_it_and_other_computers_are_not_listened_to(folder: Path, clip: Path, camera_file: Path) -> None:
    with started(folder, clip, camera_file) as running:
        assert running.client.base_url.host == "127.0.0.1"
        running.process.send_signal(signal.SIGINT)
        assert running.process.wait(20) == 0
    assert not (folder / "labels.json").exists()
    assert "nothing was counted; nothing was written" in (folder / "log").read_text("utf-8")


def test_a_camera_without_lines_and_a_foreign_file_are_refused(folder: Path, clip: Path, camera_file: Path) -> None:
    def refused(*words: str) -> str:
        command = [sys.executable, "-m", "pantau.cli", "label", str(clip), "--source-fps", "10", *words]
        done = subprocess.run(
            command,
            cwd=folder,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert done.returncode == 1
        return done.stderr

    (folder / "bare.toml").write_text('[[camera]]\nid = "x"\n')
    assert "at least one [[camera.line]]" in refused("--camera", str(folder / "bare.toml"))
    (folder / "mine.json").write_text("{}")
    assert "not made by" in refused("--camera", str(camera_file), "--out", "mine.json")
    assert (folder / "mine.json").read_text() == "{}"
