"""The commands as a person types them: their answers, and what they say when something is wrong."""

from __future__ import annotations

import json
import subprocess
import sys
import timeit
from pathlib import Path

import av
import cv2
import pytest

from tests.running_city import RunningCity

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]

ROOT = Path(__file__).parents[2]


def pantau(*words: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pantau.cli", *words], capture_output=True, text=True, cwd=cwd, timeout=180, check=False
    )


def test_a_replay_prints_a_line_per_crossing_and_a_summary(demo: RunningCity, footage: Path) -> None:
    done = pantau(
        "replay",
        str(footage / "vtest.avi"),
        "--camera=examples/pets.toml",
        "--start=2009-01-01T00:00:00Z",
        "--fps=2",
        "--json",
        f"--models={footage.parent / 'models'}",
    )
    assert done.returncode == 0, done.stderr
    *lines, summary = [json.loads(line) for line in done.stdout.splitlines()]
    assert summary["summary"] is True
    assert summary["crossings"] == len(lines) > 10
    assert summary["samples"] <= 2 * 79.5 + 1
    for line in lines:
        assert set(line) == {"line", "direction", "class", "t_s", "frame"}
        assert line["line"] in {"W", "M1", "M2", "E", "N", "G"}
        assert line["direction"] in {"forward", "backward"}
        assert line["class"] == "person"
        assert 0 <= line["t_s"] <= 79.5
        assert 1 <= line["frame"] <= 796


def test_plan_measures_here_and_carries_fewer_cameras_the_more_moves(
    demo: RunningCity, footage: Path, tmp_path: Path
) -> None:
    home = tmp_path / "pantau.toml"
    home.write_text(f'[data]\nmodels = "{footage.parent / "models"}"\n')
    done = pantau("plan", "--size=360p", "--json", f"--config={home}")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert 0 < told["quiet_ms"] < told["active_ms"] / 4, (
        "a quiet camera costs a fraction of one on which something moves"
    )
    carried = list(told["cameras"].values())
    assert carried == sorted(carried, reverse=True)
    assert carried[-1] >= 1
    wrong = pantau("plan", "--size=4k", f"--config={home}")
    assert wrong.returncode == 2
    assert "360p" in wrong.stderr


def test_a_truncated_clip_is_counted_as_far_as_it_goes_and_said(
    demo: RunningCity, footage: Path, tmp_path: Path
) -> None:
    clip = tmp_path / "short.avi"
    clip.write_bytes((footage / "vtest.avi").read_bytes()[:400_000])
    models = footage.parent / "models"
    words = ["--camera=examples/pets.toml", "--start=2009-01-01T00:00:00Z", "--json", f"--models={models}"]
    done = pantau("replay", str(clip), *words)
    assert done.returncode == 0, done.stderr
    assert "truncated" in done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["samples"] > 5


def test_stills_are_looked_at_through_the_masks(demo: RunningCity, footage: Path, tmp_path: Path) -> None:
    stills = tmp_path / "stills"
    stills.mkdir()
    with av.open(str(footage / "vtest.avi")) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number == 60:
                cv2.imwrite(str(stills / "001.png"), frame.to_ndarray(format="bgr24"))
                break
    zone = "[[camera.zone]]\nid = 'z'\npolygon = [[0,0],[1,0],[1,1],[0,1]]\n"
    inside = []
    for masks in ("", "masks = [[[0,0],[1,0],[1,1],[0,1]]]\n"):
        camera = tmp_path / "camera.toml"
        camera.write_text(f"[[camera]]\nid = 'a'\n{masks}{zone}")
        done = pantau("watch", str(stills), f"--camera={camera}", "--json", f"--models={footage.parent / 'models'}")
        assert done.returncode == 0, done.stderr
        inside.append(json.loads(done.stdout)["zones"]["z"].get("person", 0))
    assert inside[0] > 2
    assert inside[1] == 0


def test_a_second_owner_of_a_folder_is_refused(demo: RunningCity) -> None:
    done = pantau("demo", "--folder", demo.command[2], "--port", "1")
    assert done.returncode == 1
    assert "in use by process" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["replay", "README.md", "--camera=examples/pets.toml", "--start=2009-01-01T00:00:00Z"], "README.md"),
        (["replay", "none.avi", "--camera=examples/pets.toml", "--start=2009-01-01T00:00:00Z"], "none.avi"),
        (["replay", "examples/pets.toml", "--camera=examples/pets.toml"], "--start"),
        (["replay", "x.avi", "--start=2009-01-01T00:00:00Z"], "--camera"),
        (["replay", "x.avi", "--camera=examples/pets.toml", "--start=2009-01-01T00:00:00"], "offset"),
        (["run", "--config", "none.toml"], "none.toml"),
        (["apply", "none.toml"], "pantau.toml"),
        (["track", "--det", "none.txt", "--fps", "10"], "none.txt"),
        (["models", "fetch", "nonesuch"], "centernet"),
        (["track", "--det", "docs/img/kota-1280-light.jpg", "--fps", "10"], "kota-1280-light.jpg"),
        (
            ["replay", "docs/img", "--camera=examples/pets.toml", "--start=2009-01-01T00:00:00Z", "--source-fps=0"],
            "got 0",
        ),
        (["watch", "docs/img", "--camera=examples/pets.toml", "--every=nan"], "--every"),
        (["init", "--region", "33xyz"], "region"),
        (["watch", "docs", "--camera=examples/pets.toml"], "docs"),
    ],
)
def test_a_mistake_is_said_in_one_message_and_status_1(words: list[str], said: str) -> None:
    done = pantau(*words)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not done.stdout


def test_init_apply_and_export_carry_cameras_without_credentials(tmp_path: Path) -> None:
    assert pantau("init", "--region", "73.71", "--name", "Makassar", str(tmp_path)).returncode == 0
    cameras = tmp_path / "cameras.toml"
    cameras.write_text(
        '[[camera]]\nid = "gerbang"\nsource = "rtsp://op:s3cret@10.0.0.9/live"\n'
        '[[camera.line]]\nid = "L"\nstart = [0.0, 0.5]\nend = [1.0, 0.5]\n'
    )
    applied = pantau("apply", str(cameras), cwd=tmp_path)
    assert applied.returncode == 0, applied.stderr
    assert "gerbang" in applied.stdout
    exported = pantau("export", "out.toml", cwd=tmp_path)
    assert exported.returncode == 0, exported.stderr
    text = (tmp_path / "out.toml").read_text("utf-8")
    assert "rtsp://10.0.0.9/live" in text
    assert not any("s3cret" in said for said in (text, applied.stdout, applied.stderr, exported.stdout))
    again = pantau("apply", "out.toml", cwd=tmp_path)
    assert "nothing to change" in again.stdout
    checked = pantau("check", cwd=tmp_path)
    assert (checked.returncode, checked.stderr) == (0, "")
    assert "no self-check was made yet" in checked.stdout
    assert "gerbang" in pantau("check", "gerbagn", cwd=tmp_path).stderr


def test_doctor_speaks_of_this_computer(tmp_path: Path) -> None:
    done = pantau("doctor", cwd=tmp_path)
    assert "Processor" in done.stdout
    assert "Traceback" not in done.stderr


def test_starting_without_models_takes_no_time() -> None:
    best = min(timeit.repeat(lambda: pantau("--help"), number=1, repeat=3))  # the best, for the machine is shared
    assert best < 2.0
