"""The models that the registry names can be had, are what it says, and run: against figures of an independent converter."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from pantau.errors import ModelError
from pantau.see.detectors import load_detector
from pantau.see.engine import OrtEngine, open_engine
from pantau.see.faces import FaceFinder
from pantau.see.placing import place
from pantau.see.precision import drawn_street
from pantau.see.registry import fetch, model, verify
from pantau.see.tfjs import convert

SIZE = (192, 256)

pytestmark = [pytest.mark.network, pytest.mark.slow]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    try:
        for name in ("centernet", "centerface"):
            fetch(model(name), folder)
    except ModelError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))
    return folder


def test_centernet_gives_the_numbers_another_converter_gave(models: Path, tmp_path: Path) -> None:
    entry, array = model("centernet"), place(drawn_street(SIZE), model("centernet").input, SIZE)[0]
    convert(verify(entry, models).with_name("centernet.json"), tmp_path / "whole.onnx", tuple(entry.outputs))
    outputs = OrtEngine(entry, tmp_path / "whole.onnx").request().infer(array)
    narrow = OrtEngine(entry, verify(entry, models)).request().infer(array)
    heat, sides = outputs["tower_0_keypoints"], outputs["tower_0_wh"]
    assert [float(heat.mean()), float(heat.std()), float(heat.max())] == pytest.approx(
        [0.003488056, 0.004057842, 0.175453514], rel=1e-3
    )
    assert [float(sides.mean()), float(sides.std()), float(sides.max())] == pytest.approx(
        [54.02827, 42.98759, 182.42889], rel=1e-3
    )
    np.testing.assert_allclose(narrow["tower_0_keypoints"], heat[..., [0, 1, 2, 3, 5, 7]], atol=1e-6)
    np.testing.assert_allclose(narrow["tower_0_wh"], sides, atol=1e-3)


def test_both_engines_agree_on_centernet(models: Path) -> None:
    entry = model("centernet")
    array = place(drawn_street(SIZE), entry.input, SIZE)[0]
    path = verify(entry, models)
    ours, theirs = open_engine(entry, path, SIZE).request().infer(array), OrtEngine(entry, path).request().infer(array)
    np.testing.assert_allclose(ours["tower_0_keypoints"], theirs["tower_0_keypoints"], atol=2e-3)
    # OpenVINO's fused hard-swish divides by 6 exactly, the half-precision weights by 6.001: a fraction of a pixel
    assert np.abs(ours["tower_0_wh"] - theirs["tower_0_wh"]).mean() < 0.1


def test_the_default_detector_loads_and_looks(models: Path) -> None:
    loaded = load_detector("centernet", models)
    assert loaded.open().detect(drawn_street((360, 640))) is not None


def test_the_face_finder_runs_on_any_shape_and_sees_no_face_in_grey(models: Path) -> None:
    entry = model("centerface")
    finder = FaceFinder(entry, verify(entry, models))
    for width, height in ((512, 288), (640, 480), (480, 640)):
        assert finder.find(np.full((height, width, 3), 120, np.uint8)).shape == (0, 4)
