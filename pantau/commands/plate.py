"""``pantau plate``: the background plate of a clip, as a redacted JPEG."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from rich.console import Console

from pantau.camera_file import load_one_camera
from pantau.commands.clips import DEFAULT_MODELS
from pantau.commands.show import progress_on
from pantau.errors import ConfigError, DataError
from pantau.ingest.decode import wall_clock as now
from pantau.measure.plate import FIRST_S, LEAST, LEAST_KNOWN
from pantau.replay import Models, Replay, plate
from pantau.types import EPOCH


def write_plate(clip: str, camera: Path, out: Path, source_fps: float | None, models: Path | None) -> str:
    """Write the plate to `out`; what was written, in words.

    Raises:
        ConfigError: the camera file is wrong, or `out` can't be written.
        DataError: the clip shows too little of the place.
        PantauError: the clip can't be read, a model can't be had, or the plate can't be vouched for.
    """
    watched = replace(load_one_camera(camera), source=clip, fps=1 / FIRST_S)
    with progress_on(Console(stderr=True)) as progress:
        job = Replay(camera=watched, start=EPOCH, source_fps=source_fps)
        made = plate(job, Models(models or DEFAULT_MODELS, progress=progress.fetch), now)
    if made is None:
        raise DataError(
            f"{clip}: expected {LEAST} stills {FIRST_S:g} s apart that show {LEAST_KNOWN:.0%} of the place with nobody in it, got "
            "fewer: give a longer clip, or one from a quieter hour"
        )
    jpeg, share = made
    try:
        out.write_bytes(jpeg)
    except OSError as error:
        raise ConfigError(f"{out}: can't be written: {error.strerror}") from error
    return f"{out}: {share:.0%} of the place is known, the rest is grey"
