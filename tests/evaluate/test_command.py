"""``pantau evaluate`` from pictures to the published figure, with a detector that knows red things."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

import cv2
import numpy as np
import pytest

from pantau.commands.evaluate import EvaluateOptions, run_evaluate
from pantau.config import Settings, load_settings
from pantau.errors import ConfigError, DataError
from pantau.places import Camera, Line
from pantau.store.control import Control
from pantau.types import CLASSES, Image
from tests.red_models import RedModels

if TYPE_CHECKING:
    pass

FPS = 5.0
SIZE = (320, 240)
RED = (0, 0, 255)
CAMERA = """
[[camera]]
id = "gang"
fps = 5.0
analysers = ["visitors"]

[[camera.line]]
id = "A"
start = [0.5, 0.05]
end = [0.5, 0.95]
"""


def walker(image: Image, x: float) -> None:
    """A red person of 24 x 60 pixels with a coat of fine stripes, whose middle is at x."""
    left = int(x) - 12
    image[120:180, left : left + 24] = RED
    for stripe in range(left, left + 24, 8):
        image[120:180, stripe : stripe + 4] = (240, 20, 255)


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """20 s: one person walks to the right (over the line at about 5 s), one comes back (at about 15 s)."""
    folder = tmp_path / "clip"
    folder.mkdir()
    for i in range(100):
        image = np.full((SIZE[1], SIZE[0], 3), 110, np.uint8)
        x = 40 + 240 * (i / 50) if i < 50 else 280 - 240 * ((i - 50) / 50)
        walker(image, x)
        cv2.imwrite(str(folder / f"{i:03}.png"), image)
    return folder


@pytest.fixture
def options(tmp_path: Path, clip: Path) -> EvaluateOptions:
    (tmp_path / "camera.toml").write_text(CAMERA)
    (tmp_path / "truth.csv").write_text("t_s,line,direction,class\n5.0,A,backward,person\n15.0,A,forward,person\n")
    return EvaluateOptions(
        clip=str(clip),
        camera=tmp_path / "camera.toml",
        truth=tmp_path / "truth.csv",
        start="",
        fps=None,
        source_fps=FPS,
        detector="",
        tolerance_s=1.0,
        report=None,
        json=True,
        keep=None,
        models=None,
    )


@pytest.fixture
def city(tmp_path: Path) -> tuple[Settings, Path]:
    (tmp_path / "pantau.toml").write_text('[city]\nname = "Kota"\nregion = "33.74"\n')
    return load_settings(tmp_path / "pantau.toml"), tmp_path


def register(city: tuple[Settings, Path], line: Line) -> Control:
    control = Control.open(city[0].data.store_at(city[1]), clock=lambda: datetime(2026, 11, 23, tzinfo=UTC))
    control.apply([Camera(id="gang", name="gang", source="clip", analysers=("visitors",), lines=(line,))])
    return control


LINE = Line(id="gang.A", camera="gang", name="A", start=(0.5, 0.05), end=(0.5, 0.95))


def answered(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def test_the_wrong_direction_is_wrong_and_the_right_one_right(
    options: EvaluateOptions, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line drawn downwards has its right side on the left of the picture."""
    run_evaluate(options, RedModels(Path()))
    said = answered(capsys)
    assert (said["n"], said["accuracy"], said["interval"]) == (2, 1.0, [1.0, 1.0])
    options.truth.write_text("t_s,line,direction,class\n5.0,A,forward,person\n15.0,A,forward,person\n")
    run_evaluate(options, RedModels(Path()))
    said = answered(capsys)
    assert (said["missed"], said["over"], said["accuracy"]) == (1, 1, 0.0)
    assert {d["kind"] for d in cast("list[dict[str, object]]", said["disagreements"])} == {"over", "missed"}


def test_true_boxes_are_compared_with_the_tracks(options: EvaluateOptions, capsys: pytest.CaptureFixture[str]) -> None:
    rows = []
    for i in range(100):
        x = 40 + 240 * (i / 50) if i < 50 else 280 - 240 * ((i - 50) / 50)
        rows.append(f"{i + 1},1,{int(x) - 12},120,24,60,1,-1,-1,-1")
    options.truth.write_text("\n".join(rows))
    run_evaluate(options, RedModels(Path()))
    said = answered(capsys)
    tracks = cast("dict[str, float]", said["tracks"])
    assert said["accuracy"] == 1.0
    assert tracks["mota"] > 0.9
    assert tracks["idf1"] > 0.9


def test_the_report_shows_disagreements_and_hides_people(options: EvaluateOptions, tmp_path: Path) -> None:
    options.truth.write_text("t_s,line,direction,class\n9.0,A,forward,person\n")
    report = tmp_path / "out.html"
    run_evaluate(replace(options, report=report), RedModels(Path()))
    text = report.read_text()
    assert not re.search(r"(src|href)=\"(?!data:)", text)
    assert "<script" not in text
    assert text.count("<figure>") == 3  # one missed, two over
    assert "terlewat" in text
    assert "berlebih" in text
    pictures = [base64.b64decode(found) for found in re.findall(r"base64,([^\"]+)\"", text)]
    assert len(pictures) == 15
    for jpeg in pictures:
        image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
        assert image is not None
        stripes = np.abs(np.diff(image[:, :, 0].astype(int), axis=1)).max()
        assert stripes < 60, "a person is shown as they are"


def test_kept_results_become_the_validation_of_the_line(
    options: EvaluateOptions, city: tuple[Settings, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    control = register(city, LINE)
    run_evaluate(replace(options, keep=city), RedModels(Path()))
    kept = control.validations("gang")
    assert {(v.place, v.direction) for v in kept} == {
        (place, way) for place in ("gang", "gang.A") for way in ("", "forward", "backward")
    }
    pooled = next(v for v in kept if v.place == "gang" and not v.direction)
    assert (pooled.road_user, pooled.truth, pooled.accuracy, pooled.fps) == ("person", 2, 1.0, 5.0)
    assert pooled.method.startswith("red · ")
    assert pooled.revisions == {"gang.A": 1}
    assert pooled.source.startswith("truth.csv ")
    run_evaluate(replace(options, keep=city), RedModels(Path()))
    assert len(control.validations("gang")) == len(kept)
    control.close()


@pytest.mark.parametrize(
    ("line", "said"),
    [(replace(LINE, start=(0.4, 0.05)), "elsewhere"), (replace(LINE, id="gang.B", name="B"), "elsewhere")],
)
def test_a_result_of_another_line_is_not_kept(
    options: EvaluateOptions, city: tuple[Settings, Path], line: Line, said: str
) -> None:
    control = register(city, line)
    with pytest.raises(ConfigError, match=said):
        run_evaluate(replace(options, keep=city), RedModels(Path()))
    assert control.validations() == ()
    control.close()


def test_a_camera_that_is_not_in_the_register_is_refused(options: EvaluateOptions, city: tuple[Settings, Path]) -> None:
    with pytest.raises(ConfigError, match="apply"):
        run_evaluate(replace(options, keep=city), RedModels(Path()))


def test_a_truth_of_a_longer_clip_is_refused_before_any_work(options: EvaluateOptions) -> None:
    options.truth.write_text("frame,line,direction,class\n500,A,forward,person\n")
    with pytest.raises(DataError, match="the clip has 100 frames"):
        run_evaluate(options, RedModels(Path()))


@pytest.mark.parametrize("changes", [{"tolerance_s": 0.0}, {"tolerance_s": float("nan")}, {"fps": 0.0}])
def test_options_that_mean_nothing_are_refused(options: EvaluateOptions, changes: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match="expected"):
        run_evaluate(replace(options, **changes), RedModels(Path()))  # type: ignore[arg-type]  # names of two fields


def test_the_only_class_of_the_fake_is_a_person() -> None:
    assert CLASSES[0] == "person"


def test_what_flatters_is_not_kept(options: EvaluateOptions, city: tuple[Settings, Path], tmp_path: Path) -> None:
    """Sums hide misses behind false counts, and a wide tolerance lets chance agree."""
    control = register(city, LINE)
    sums = tmp_path / "sums.csv"
    sums.write_text("start,end,line,direction,class,n\n0,10,A,forward,person,2\n", "utf-8")
    with pytest.raises(ConfigError, match="misses and false counts cancel"):
        run_evaluate(replace(options, keep=city, truth=sums), RedModels(Path()))
    with pytest.raises(ConfigError, match="lets chance agree"):
        run_evaluate(replace(options, keep=city, tolerance_s=5.0), RedModels(Path()))
    assert control.validations() == ()
    control.close()
