"""`pantau models try`: what it refuses, and in which words; and a clip through the same comparison."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import cv2
import pytest

from pantau.commands.bridge import sheet, told, words
from pantau.commands.plan import Nowhere
from pantau.commands.register import apply_file
from pantau.commands.trials import TryOptions, chosen, compare_clip, run_try, seconds
from pantau.config import load_settings
from pantau.errors import ConfigError, ModelError
from pantau.evaluate.bridge import Bridge, bridges
from pantau.ingest.decode import wall_clock
from pantau.places import Camera
from pantau.see.own import Told, add
from pantau.store.control import Control
from pantau.store.trials import Trials
from tests.made_nets import NETS
from tests.made_street import CAMERA, FPS, street
from tests.red_models import RedModels


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "pantau.toml").write_text('[city]\nname = "Uji"\nregion = "33.74"\n')
    folder = tmp_path / "data"
    add(NETS["yolox"]().save(tmp_path / "simpang.onnx"), folder / "models", Told(name="simpang", licence="MIT"))
    return tmp_path


def register(home: Path, *cameras: Camera) -> None:
    control = Control.open(home / "data", clock=wall_clock)
    control.apply(cameras)
    control.close()


def tried(home: Path, model: str = "simpang", **said: object) -> str:
    path = home / "pantau.toml"
    options = TryOptions(model=model, city=(load_settings(path), home), config=path, **said)  # type: ignore[arg-type]  # by name
    return "\n".join(run_try(options))


def test_it_begins_is_told_and_ends(home: Path) -> None:
    register(home, CAMERA)
    said = tried(home, shadow="7d")
    assert "simpang is tried beside centernet on 1 camera until" in said
    assert "can't tell bicycle, motorcycle, truck" in said
    kept = Trials(home / "data").running(wall_clock())
    assert kept is not None
    assert kept.until - kept.started == timedelta(days=7)
    assert "nothing was compared yet" in tried(home)
    assert json.loads(tried(home, json=True))["state"] == "running"
    assert "over" in tried(home, stop=True)
    assert Trials(home / "data").running(wall_clock()) is None
    assert json.loads(tried(home, json=True)) | {"bridges": []} == json.loads(tried(home, json=True))


def test_a_second_one_is_refused_while_one_runs(home: Path) -> None:
    register(home, CAMERA)
    tried(home, shadow="7d")
    with pytest.raises(ConfigError, match="simpang is being tried until"):
        tried(home, shadow="1h")


def test_an_unknown_model_is_answered_with_the_known_ones(home: Path) -> None:
    with pytest.raises(ModelError, match="'baru'; known are centernet"):
        tried(home, "baru", shadow="7d")
    with pytest.raises(ModelError, match="'baru'; known are centernet"):
        tried(home, "baru")


def test_a_model_that_is_not_here_is_no_detector_has_no_licence_or_was_altered_is_refused(home: Path) -> None:
    register(home, CAMERA)
    with pytest.raises(ModelError, match="run `pantau models fetch crossroad`"):
        tried(home, "crossroad", shadow="7d")
    with pytest.raises(ModelError, match="centerface is no detector"):
        tried(home, "centerface", shadow="7d")
    entry = home / "data" / "models" / "simpang" / "model.toml"
    kept = entry.read_text()
    entry.write_text(kept.replace('licence = "MIT"', 'licence = ""'))
    with pytest.raises(ModelError, match="has no licence"):
        tried(home, shadow="7d")
    entry.write_text(kept)
    with (home / "data" / "models" / "simpang" / "simpang.onnx").open("ab") as file:
        file.write(b"\0")
    with pytest.raises(ModelError, match="altered"):
        tried(home, shadow="7d")
    assert Trials(home / "data").all() == ()


def test_no_camera_that_could_compare_is_said(home: Path) -> None:
    with pytest.raises(ConfigError, match="no camera can compare"):
        tried(home, shadow="7d")
    register(home, replace(CAMERA, lines=(), zones=()))
    with pytest.raises(ConfigError, match=r"no camera can compare.*draw a line"):
        tried(home, shadow="7d")


def test_cameras_are_chosen_by_id_and_what_can_not_compare_says_why() -> None:
    bare = replace(CAMERA, id="b", lines=(), zones=())
    done = replace(CAMERA, id="c", detector="simpang")
    assert chosen((CAMERA, bare, done), (), "simpang") == (CAMERA,)
    with pytest.raises(ConfigError, match="no camera 'x'; there are: a, b, c"):
        chosen((CAMERA, bare, done), ("x",), "simpang")
    with pytest.raises(ConfigError, match="b can't compare: it is switched off, has no lines"):
        chosen((CAMERA, bare, done), ("a", "b"), "simpang")
    with pytest.raises(ConfigError, match="c can't compare: it counts with simpang already"):
        chosen((CAMERA, bare, done), ("c",), "simpang")


@pytest.mark.parametrize(("text", "expected"), [("7d", 604800), ("12h", 43200), ("30m", 1800), ("0.5h", 1800)])
def test_a_time_is_read(text: str, expected: float) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["", "7", "0d", "-1d", "7 days", "999d"])
def test_no_time_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="such as 30m, 12h or 7d"):
        seconds(text)


def test_options_that_do_not_go_together_are_refused(home: Path) -> None:
    with pytest.raises(ConfigError, match="one of --shadow, --clip and --stop"):
        tried(home, shadow="7d", stop=True)
    with pytest.raises(ConfigError, match="one of --json and --csv"):
        tried(home, json=True, csv=True)
    with pytest.raises(ConfigError, match=r"one --camera FILE\.toml"):
        tried(home, clip="x.mp4")
    with pytest.raises(ConfigError, match="was not tried yet"):
        tried(home)
    with pytest.raises(ConfigError, match="is not being tried"):
        tried(home, stop=True)


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    folder = tmp_path / "clip"
    folder.mkdir()
    for number, (frame, _) in enumerate(street(66.0), start=1):
        cv2.imwrite(str(folder / f"{number:06}.jpg"), frame.image)
    return folder


def bridge_of(clip: Path) -> Bridge:
    camera = replace(CAMERA, source=str(clip), detector="merah")
    (bridge,) = bridges(compare_clip(camera, "baru", RedModels(clip), Nowhere(), FPS))
    return bridge


def test_a_clip_goes_through_the_same_comparison(clip: Path) -> None:
    bridge = bridge_of(clip)
    (pooled, *_) = bridge.rows
    assert (pooled.old, pooled.new, pooled.both) == (11, 11, 11)
    assert pooled.interval == pytest.approx((1.0, 1.0))
    said = "\n".join(words(bridge))
    assert "66" not in said  # minutes, not seconds
    assert "1.1 minutes compared on a; both saw 100% of the samples" in said
    assert "too few crossings" in said


def test_a_program_and_a_spreadsheet_get_every_row(clip: Path) -> None:
    bridge = bridge_of(clip)
    rows = list(csv.DictReader(io.StringIO(sheet((bridge,)))))
    as_json = json.loads(json.dumps(told(bridge)))["rows"]
    assert len(rows) == len(as_json) == len(bridge.rows)
    first = rows[0]
    assert (first["old"], first["new"], first["ratio"], first["kind"], first["enough"]) == (
        "11",
        "11",
        "1.0",
        "crossings",
        "False",
    )
    assert [row["kind"] for row in as_json][-1] == "inside"
    assert as_json[-1]["both"] is None


def test_a_camera_changes_to_a_users_own_model_and_to_no_unknown_one(home: Path) -> None:
    """The end of every good trial: the camera file names the new model, and `pantau apply` takes it."""
    file = home / "cameras.toml"
    text = (
        '[[camera]]\nid = "a"\nname = "A"\nsource = "rtsp://10.0.0.5/one"\ndetector = "simpang"\nanalysers = ["visitors"]\n'
        '[[camera.line]]\nid = "L"\nname = "L"\nstart = [0.1, 0.5]\nend = [0.9, 0.5]\n'
    )
    file.write_text(text)
    settings = load_settings(home / "pantau.toml")
    assert "added: a" in "\n".join(apply_file(file, settings, home))
    for wrong, why in (("baru", "known are centernet"), ("centerface", "is no detector")):
        file.write_text(text.replace("simpang", wrong))
        with pytest.raises((ConfigError, ModelError), match=why):
            list(apply_file(file, settings, home))
