"""``pantau check``: failed checks first, a sentence each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from pantau.commands.check import failed, said
from pantau.config import Settings
from pantau.places import Camera, Line
from pantau.store.control import Control
from pantau.store.self_checks import SelfCheck

T = datetime(2026, 11, 22, 17, tzinfo=UTC)
"""Midnight in Jakarta."""


def test_what_failed_comes_first_with_its_local_day(tmp_path: Path) -> None:
    settings = Settings.model_validate({"city": {"timezone": "Asia/Jakarta"}})
    line = Line(id="c.a", camera="c", name="Gerbang", start=(0, 0), end=(1, 0))
    good = SelfCheck(
        camera="c", kind="stream", place="c.a", other="c.b", family="visitors", direction="forward", start=T,
        end=T + timedelta(days=1), expected=1000.0, found=1004.0, tolerance=142.0, n=1004, verdict="consistent", time=T,
    )  # fmt: skip
    bad = SelfCheck(
        camera="c", kind="confidence", place="c", family="quality", start=T, end=T + timedelta(days=1), expected=0.62,
        found=0.5, tolerance=0.03, n=28, verdict="inconsistent", time=T,
    )  # fmt: skip
    control = Control.open(settings.data.store_at(tmp_path), clock=lambda: T)
    control.apply([Camera(id="c", name="Pasar", source="rtsp://10.0.0.5/one", lines=(line,))])
    control.checked([good])
    assert not failed(said("", settings, tmp_path))
    control.checked([bad])
    control.close()
    first, second = said("c", settings, tmp_path)
    assert first.startswith("!!  2026-11-23 c quality: Pasar: confidence 0.50, usually 0.62 at the same hours")
    assert "allowed difference 142: consistent." in second
    assert failed([first, second])
