"""Options that many commands have, and the settings that they lead to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pantau.errors import ConfigError

if TYPE_CHECKING:
    from pantau.config import Settings

ConfigPath = Annotated[
    Path | None, typer.Option("--config", "-c", help="pantau.toml; the one in this folder when it is there.")
]
CameraPath = Annotated[Path, typer.Option("--camera", help="Camera file with one [[camera]].")]

Timezone = Annotated[
    str, typer.Option(help="IANA zone of the zones' schedules, such as Asia/Jakarta; an installation knows its own.")
]


def settings_at(path: Path | None) -> tuple[Settings, Path]:
    """The settings and the folder they count from: `path`, or ``pantau.toml`` here.

    Raises:
        ConfigError: there is none, or it is wrong.
    """
    from pantau.config import load_settings  # noqa: PLC0415  # pydantic only where a file is read

    found = path or Path("pantau.toml")
    if not found.is_file():
        raise ConfigError(f"{found}: no such file; make one with `pantau init`, or name it with --config")
    return load_settings(found), found.resolve().parent
