"""Detectors are found by name, the built-in ones and those of others."""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import numpy as np
import pytest

from pantau.errors import ModelError
from pantau.ports import Detector
from pantau.see import detectors
from pantau.see.detectors import GROUP, LoadedModel, detector_names, load_detector
from pantau.see.fake import FakeDetector
from pantau.see.heads import HEADS
from pantau.see.registry import list_models, model
from pantau.types import Detections

PICTURE = np.zeros((4, 4, 3), np.uint8)


def ours(folder: Path, precision: str) -> LoadedModel:
    """What a third party's entry point names."""
    return FakeDetector(method=f"ours-{folder.name}-{precision}")


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    found = EntryPoints([EntryPoint("ours", f"{__name__}:ours", GROUP)])
    monkeypatch.setattr(EntryPoint, "load", lambda _self: ours)
    monkeypatch.setattr(detectors, "entry_points", found.select)


def test_every_detecting_model_has_its_adapter() -> None:
    assert {entry.detector for entry in list_models() if entry.task == "detect"} <= HEADS.keys()


@pytest.mark.usefixtures("installed")
def test_a_third_partys_detector_is_loaded_by_name(tmp_path: Path) -> None:
    assert detector_names() == ("centernet", "crossroad", "ours")
    assert load_detector("ours", tmp_path / "models", precision="f32").method == "ours-models-f32"


@pytest.mark.parametrize("name", ["yolo", "centerface"])
def test_an_unknown_detector_is_answered_with_the_known_ones(tmp_path: Path, name: str) -> None:
    with pytest.raises(ModelError, match=rf"'{name}'; known are centernet, crossroad"):
        load_detector(name, tmp_path)


def test_an_unknown_precision_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="'int8'"):
        load_detector("centernet", tmp_path, precision="int8")


def test_a_model_that_must_be_asked_for_is_not_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = replace(model("centernet"), name="restricted", opt_in=True)
    monkeypatch.setattr(detectors, "model", lambda _name, _folder: entry)
    with pytest.raises(ModelError, match="pantau models fetch restricted"):
        load_detector("restricted", tmp_path)


def test_the_fake_plays_its_script_and_then_sees_nothing() -> None:
    box = Detections(np.array([[1, 2, 3, 4]], np.float32), np.array([0.5], np.float32), np.array([2]))
    fake = FakeDetector([box, None])
    assert isinstance(fake, Detector)
    assert [fake.detect(PICTURE), fake.detect(PICTURE)] == [box, None]
    last = fake.detect(PICTURE)
    assert last is not None
    assert len(last) == 0
    assert fake.calls == 3
    assert fake.open().detect(PICTURE) is box
