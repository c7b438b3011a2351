"""Camera files that limit litter: what is taken, and what is refused in which words."""

from __future__ import annotations

from pathlib import Path

import pytest

from pantau.camera_file import camera_entry, load_one_camera
from pantau.errors import ConfigError

ZONE = """
[[camera]]
id = "alun"
source = "alun.mp4"

[[camera.zone]]
id = "rumput"
kind = "{kind}"
polygon = [[0.1, 0.5], [0.9, 0.5], [0.9, 0.95], [0.1, 0.95]]
{limits}
"""


def written(folder: Path, kind: str, limits: str) -> Path:
    path = folder / "alun.toml"
    path.write_text(ZONE.format(kind=kind, limits=limits), "utf-8")
    return path


@pytest.mark.parametrize("kind", ["litter", "bin"])
def test_limits_are_read_and_written_out(tmp_path: Path, kind: str) -> None:
    camera = load_one_camera(written(tmp_path, kind, "limit_s = 1800\nlimit_items = 3\nlimit_share = 0.05"))
    (zone,) = camera.zones
    assert (zone.kind, zone.limit_s, zone.limit_items, zone.limit_share) == (kind, 1800, 3, 0.05)
    assert "litter" in camera.analysers
    told = camera_entry(camera)["zone"][0]
    assert (told["kind"], told["limit_items"], told["limit_share"]) == (kind, 3, 0.05)
    assert "limit_m2" not in told


@pytest.mark.parametrize(
    ("kind", "limits", "told"),
    [
        ("parking", "limit_items = 3", "where no litter is watched, so limit_items says nothing"),
        ("litter", "limit_m2 = 1.5", "limit_m2 = 1.5 needs metres, and its camera has no ground"),
        ("litter", "limit_share = 5", "less than or equal to 1"),
        ("litter", "limit_items = -1", "greater than or equal to 0"),
        ("sampah", "", "litter"),
    ],
)
def test_limits_that_can_not_be_kept_are_refused(tmp_path: Path, kind: str, limits: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        load_one_camera(written(tmp_path, kind, limits))
