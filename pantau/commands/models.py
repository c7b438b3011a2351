"""``pantau models list|fetch|verify``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from pantau.commands.clips import DEFAULT_MODELS
from pantau.commands.show import progress_on
from pantau.config import load_settings
from pantau.errors import ModelError
from pantau.see.registry import fetch, list_models, model, verify


def folder_of(config: Path | None) -> Path:
    """Where models are kept: as pantau.toml says, or the default where there is none.

    Raises:
        ConfigError: pantau.toml is wrong.
    """
    found = config or Path("pantau.toml")
    if config is None and not found.is_file():
        return DEFAULT_MODELS
    return load_settings(found).data.models_at(found.resolve().parent)


def rows(config: Path | None) -> Iterator[str]:
    """A line per model."""
    folder = folder_of(config)
    for entry in list_models():
        here = "here" if entry.path(folder).is_file() else "opt-in" if entry.opt_in else "not fetched"
        yield f"{entry.name:12} {entry.task:7} {here:12} {entry.title}. Licence: {entry.licence}"
        if entry.notes:
            yield f"{'':33} {entry.notes}"


def fetch_models(names: tuple[str, ...], source: Path | None, config: Path | None) -> Iterator[str]:
    """Fetch the named models, or every one that can be had without being asked for.

    Raises:
        ModelError: a name is unknown, or a model can't be had.
    """
    folder = folder_of(config)
    wanted = [model(name) for name in names] or [e for e in list_models() if not e.opt_in]
    with progress_on(Console(stderr=True)) as progress:
        for entry in wanted:
            try:
                path = fetch(entry, folder, progress.fetch, source)
            except ModelError as error:
                if names:
                    raise
                yield f"{entry.name}: left out. {error}"
            else:
                yield f"{entry.name}: {path}"


def verify_models(config: Path | None) -> Iterator[str]:
    """Check every model that is here.

    Raises:
        ModelError: one is not what the registry says, or none is here.
    """
    folder = folder_of(config)
    present = [entry for entry in list_models() if entry.path(folder).is_file()]
    if not present:
        raise ModelError(f"{folder} holds no models; fetch them with `pantau models fetch`")
    for entry in present:
        yield f"{entry.name}: {verify(entry, folder)} is as it should be"
