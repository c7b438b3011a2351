"""``pantau models list|add|fetch|verify``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from pantau.commands.clips import DEFAULT_MODELS
from pantau.commands.show import progress_on
from pantau.config import load_settings
from pantau.errors import ConfigError, ModelError
from pantau.see.own import Told, add, add_entry
from pantau.see.registry import OWN, ModelEntry, fetch, list_models, model, verify
from pantau.types import CLASSES


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
    """A line per model; a user's own that is broken is said in its place."""
    folder = folder_of(config)
    for entry in list_models():
        yield from _row(entry, folder)
    for path in sorted(folder.glob(f"*/{OWN}")):
        try:
            yield from _row(model(path.parent.name, folder), folder)
        except ModelError as error:
            yield f"{path.parent.name:12} {'?':7} {'broken':12} {error}"


def _row(entry: ModelEntry, folder: Path) -> Iterator[str]:
    here = "here" if entry.path(folder).is_file() else "opt-in" if entry.opt_in else "not fetched"
    restricted = "RESTRICTED LICENCE: " if entry.opt_in else "Licence: "
    yield f"{entry.name:12} {entry.task:7} {here:12} {entry.title}. {restricted}{entry.licence}"
    if entry.notes:
        yield f"{'':33} {entry.notes}"


def add_model(path: Path, told: Told, size: str, config: Path | None) -> Iterator[str]:
    """Take a user's model: an ONNX file, or a TOML file with its entry.

    Raises:
        ModelError: it is not taken; the message says why, and nothing was put in place.
        ConfigError: `size` is no size.
    """
    folder = folder_of(config)
    if path.suffix == ".toml":
        for entry in add_entry(path, folder, accepted=told.accepted):
            yield f"{entry.name}: entry taken; bring its files with `pantau models fetch {entry.name}`"
        return
    added = add(path, folder, replace(told, size=_size(size)))
    entry, into = added.entry, added.entry.input
    shape = "about this many pixels, in the picture's own shape" if into.divisor else "and no other size"
    yield f"{entry.name}: head {entry.detector}, {into.colours}, {into.fit}, looks at {into.size[1]}x{into.size[0]}, {shape}"
    ours = ", ".join(CLASSES[c] for c in sorted(set(entry.labels.values())))
    yield f"  counts {ours}" + (f"; leaves out {', '.join(added.unknown)}" if added.unknown else "")
    if missing := [name for number, name in enumerate(CLASSES) if number not in entry.labels.values()]:
        yield f"  can't tell {', '.join(missing)}: with this model these are never counted"
    yield f"  licence {entry.licence}" + (" (restricted: you said that you may use it)" if entry.opt_in else "")
    yield f"  kept in {entry.path(folder).parent}; what was guessed stands in its {OWN}"


def _size(text: str) -> tuple[int, int] | None:
    if not text:
        return None
    found = re.fullmatch(r"(\d{2,4})x(\d{2,4})", text)
    if found is None:
        raise ConfigError(f"--size: expected WIDTHxHEIGHT such as 640x384, got {text!r}")
    return int(found[2]), int(found[1])


def fetch_models(names: tuple[str, ...], source: Path | None, config: Path | None) -> Iterator[str]:
    """Fetch the named models, or every one that can be had without being asked for.

    Raises:
        ModelError: a name is unknown, or a model can't be had.
    """
    folder = folder_of(config)
    wanted = [model(name, folder) for name in names] or [e for e in list_models() if not e.opt_in]
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
    present = [entry for entry in list_models(folder) if entry.own or entry.path(folder).is_file()]
    if not present:
        raise ModelError(f"{folder} holds no models; fetch them with `pantau models fetch`")
    for entry in present:
        yield f"{entry.name}: {verify(entry, folder)} is as it should be"
