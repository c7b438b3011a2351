"""The models that Pantau knows by name: what they are, where they come from, and whether a file is really them.

Idea: `models.toml` beside this module is the whole registry, read once. A model lives in a folder of its own under the
models folder: the fetched files, the file the engine loads (converted where needed), and beside a converted file the
SHA-256 it had when it was made. Fetched files are checked against the registry, converted ones against that note.

Limits: an entry is added by a release or a pull request; a user's own detector comes in by the entry point group
``pantau.detector`` instead (`pantau.see.detectors`). Rejected: pinning the hash of a converted file (it depends on the
release of onnx that wrote it).
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, Literal, cast

from pantau.errors import ModelError
from pantau.see.fetch import Kind, Member, Progress, Source, fetch_first, is_file, locked, sha256, silent
from pantau.types import CLASSES

Task = Literal["detect", "faces", "embed"]
Converter = Literal["tfjs", "free-size", "mobilenet", ""]
Dimension = int | str


@dataclass(frozen=True, slots=True)
class Input:
    """What a model looks at.

    Args:
        name: of its input.
        layout: order of the axes.
        colours: order and values of the colours.
        divisor: height and width must be multiples of it; 0 where they are fixed to `size`.
        size: (height, width) it was made for, pixels.
    """

    name: str
    layout: Literal["NHWC", "NCHW"]
    colours: str
    divisor: int
    size: tuple[int, int]

    def shape(self, height: int, width: int) -> tuple[int, int, int, int]:
        """Shape of the input array for pictures of this size."""
        return (1, height, width, 3) if self.layout == "NHWC" else (1, 3, height, width)


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """One model of the registry; the fields are explained at the top of ``models.toml``."""

    name: str
    task: Task
    title: str
    detector: str
    file: str
    converter: Converter
    licence: str
    opt_in: bool
    notes: str
    input: Input
    outputs: Mapping[str, tuple[Dimension, ...]]
    labels: Mapping[int, int]
    sources: tuple[Source, ...]

    def path(self, folder: Path) -> Path:
        """The file the engine loads, under the models folder `folder`."""
        return folder / self.name / self.file

    def output_shapes(self, height: int, width: int) -> dict[str, tuple[int, ...]]:
        """Shapes that must come out for an input of this height and width."""
        sizes = {"h": height, "w": width}
        return {name: tuple(_dimension(d, sizes) for d in shape) for name, shape in self.outputs.items()}


def list_models() -> tuple[ModelEntry, ...]:
    """Every model of the registry, in its order.

    Raises:
        ModelError: ``models.toml`` is not what it should be.
    """
    return _read_registry()


def model(name: str) -> ModelEntry:
    """The entry of that name.

    Raises:
        ModelError: there is none; the message lists the known names.
    """
    for entry in list_models():
        if entry.name == name:
            return entry
    known = ", ".join(entry.name for entry in list_models())
    raise ModelError(f"no model is called {name!r}; known are {known}")


def fetch(entry: ModelEntry, folder: Path, progress: Progress | None = None, from_folder: Path | None = None) -> Path:
    """Have the model's file in the models folder `folder`: fetched, checked, converted; nothing is done twice.

    Args:
        entry: which model.
        folder: the models folder; the model gets a folder of its own in it.
        progress: called with (what, bytes so far, bytes in all or None).
        from_folder: take the fetched files from here instead of from the network.

    Returns:
        The file that the engine loads.

    Raises:
        ModelError: it can't be had, or is not what it should be.
    """
    say = progress or silent
    path = entry.path(folder)
    if _is_whole(entry, folder):
        return path
    got = fetch_first(entry.sources, path.parent, say, from_folder)
    if entry.converter:
        with locked(path.parent):
            if not _is_converted(path):
                say(f"convert {entry.name}", 0, None)
                _convert(entry, got[0], path)
    return path


def verify(entry: ModelEntry, folder: Path) -> Path:
    """The file that the engine loads, after checking it and what it was made from.

    Raises:
        ModelError: something is missing or altered.
    """
    path = entry.path(folder)
    if not any((path.parent / member.name).exists() for source in entry.sources for member in source.members):
        raise ModelError(f"model {entry.name} is not in {folder}; run `pantau models fetch {entry.name}`")
    if not _is_whole(entry, folder):
        raise ModelError(
            f"model {entry.name} in {path.parent} is incomplete or altered: its SHA-256 is not the registry's; "
            f"delete that folder and run `pantau models fetch {entry.name}`"
        )
    return path


def _is_whole(entry: ModelEntry, folder: Path) -> bool:
    path = entry.path(folder)
    fetched = any(all(is_file(member, path.parent) for member in source.members) for source in entry.sources)
    return fetched and (not entry.converter or _is_converted(path))


def _is_converted(path: Path) -> bool:
    note = _note(path)
    return path.is_file() and note.is_file() and note.read_text().strip() == sha256(path)


def _note(path: Path) -> Path:
    return path.with_name(path.name + ".sha256")


def _convert(entry: ModelEntry, source: Path, path: Path) -> None:
    partial = path.with_name(f".{path.name}.partial")
    try:
        _CONVERTERS[entry.converter](source, partial, entry)
        _note(path).write_text(sha256(partial) + "\n")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _from_tfjs(source: Path, target: Path, entry: ModelEntry) -> None:
    from pantau.see.tfjs import convert  # noqa: PLC0415 - onnx is heavy, and needed once in a model's life

    convert(source, target, tuple(entry.outputs))


def _free_size(source: Path, target: Path, entry: ModelEntry) -> None:
    from pantau.see.free_size import convert  # noqa: PLC0415 - as above

    convert(source, target, entry.input.name, tuple(entry.outputs))


def _mobilenet(source: Path, target: Path, entry: ModelEntry) -> None:
    from pantau.see.mobilenet import convert  # noqa: PLC0415 - as above

    convert(source, target, entry.input.name, next(iter(entry.outputs)))


_CONVERTERS: Final[dict[str, Callable[[Path, Path, ModelEntry], None]]] = {
    "tfjs": _from_tfjs,
    "free-size": _free_size,
    "mobilenet": _mobilenet,
}


# --- reading models.toml ----------------------------------------------------------------------------------------------


@cache
def _read_registry() -> tuple[ModelEntry, ...]:
    text = files("pantau.see").joinpath("models.toml").read_text(encoding="utf-8")
    return parse_registry(text)


def parse_registry(text: str) -> tuple[ModelEntry, ...]:
    """The entries of a registry in TOML.

    Raises:
        ModelError: not TOML, or an entry lacks a field or names an unknown class.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ModelError(f"models.toml is not TOML: {error}") from error
    return tuple(_entry(name, table) for name, table in tables.items())


def _entry(name: str, table: Mapping[str, Any]) -> ModelEntry:
    try:
        entry = ModelEntry(
            name=name,
            task=cast("Task", table["task"]),
            title=table["title"],
            detector=table["detector"],
            file=table["file"],
            converter=cast("Converter", table["converter"]),
            licence=table["licence"],
            opt_in=table["opt_in"],
            notes=table["notes"],
            input=Input(**{**table["input"], "size": tuple(table["input"]["size"])}),
            outputs={output: tuple(shape) for output, shape in table["outputs"].items()},
            labels={int(label): CLASSES.index(road_user) for label, road_user in table["labels"].items()},
            sources=tuple(_source(source) for source in table["source"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"models.toml, model {name}: {type(error).__name__} {error}") from error
    if entry.converter not in {"", *_CONVERTERS}:
        raise ModelError(f"models.toml, model {name}: unknown converter {entry.converter!r}")
    return entry


def _source(table: Mapping[str, Any]) -> Source:
    members = tuple(Member(**member) for member in table["member"])
    rest = {key: value for key, value in table.items() if key not in {"kind", "member"}}
    return Source(kind=cast("Kind", table["kind"]), members=members, **rest)


def _dimension(value: Dimension, sizes: Mapping[str, int]) -> int:
    if isinstance(value, int):
        return value
    letter, _, divisor = value.partition("/")
    return sizes[letter] // int(divisor or 1)
