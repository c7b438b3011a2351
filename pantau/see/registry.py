"""The models that Pantau knows by name: what they are, where they come from, and whether a file is really them.

Idea: `models.toml` beside this module is the whole registry, read once. A model lives in a folder of its own under the
models folder: the fetched files, the file the engine loads (converted where needed), and beside a converted file the
SHA-256 it had when it was made. Fetched files are checked against the registry, converted ones against that note.

A user's own model has the same kind of entry, ``model.toml``, in its folder (`pantau.see.own` writes it).

Limits: names of the registry come first, so that nobody's folder can stand in for one. A detector that is no ONNX file comes in
by the entry point group ``pantau.detector`` (`pantau.see.detectors`). Rejected: pinning the hash of a converted file (it depends on the
release of onnx that wrote it).
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, Literal, cast, get_args

import numpy as np
import numpy.typing as npt

from pantau.errors import ModelError
from pantau.see.fetch import Kind, Member, Progress, Source, fetch_first, is_file, locked, sha256, silent
from pantau.types import CLASSES, Floats

Task = Literal["detect", "faces", "embed"]
Converter = Literal["tfjs", "free-size", "mobilenet", ""]
Colours = Literal["BGR 0-255", "RGB 0-255", "RGB 0-1", "RGB ImageNet"]
Fit = Literal["stretch", "corner", "centre"]
Dimension = int | str
OWN: Final = "model.toml"
"""The entry of a model that a user added, in the model's folder."""


@dataclass(frozen=True, slots=True)
class Input:
    """What a model looks at.

    Args:
        name: of its input.
        layout: order of the axes.
        colours: order and values of the colours.
        divisor: height and width must be multiples of it; 0 where they are fixed to `size`.
        size: (height, width) it was made for, pixels.
        fit: how a picture of another shape is put into it; `pantau.see.placing` draws it.
        sizes: name of a second input (1, 2) that is told the picture's width and height; empty where there is none.
    """

    name: str
    layout: Literal["NHWC", "NCHW"]
    colours: Colours
    divisor: int
    size: tuple[int, int]
    fit: Fit = "stretch"
    sizes: str = ""

    def __post_init__(self) -> None:
        for value, known in (
            (self.layout, ("NHWC", "NCHW")),
            (self.colours, get_args(Colours)),
            (self.fit, get_args(Fit)),
        ):
            if value not in known:
                raise ValueError(f"expected one of {', '.join(known)}, got {value!r}")

    def shape(self, height: int, width: int) -> tuple[int, int, int, int]:
        """Shape of the input array for pictures of this size."""
        return (1, height, width, 3) if self.layout == "NHWC" else (1, 3, height, width)

    def feed(self, array: Floats) -> dict[str, npt.NDArray[Any]]:
        """What a network is given for one input array. One that asks for the picture's size is told 1 by 1: boxes come as fractions."""
        return {self.name: array, **({self.sizes: np.ones((1, 2), np.int64)} if self.sizes else {})}


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
    only: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    own: bool = False

    @property
    def label(self) -> str:
        """Its name as stored beside every number; a user may put other weights under a name, so theirs carry a mark."""
        if not self.own:
            return self.name
        hashes = [member.sha256 for source in self.sources for member in source.members if member.name == self.file]
        return f"{self.name}@{hashes[0][:8]}" if hashes else self.name

    def path(self, folder: Path) -> Path:
        """The file the engine loads, under the models folder `folder`."""
        return folder / self.name / self.file

    def output_shapes(self, height: int, width: int) -> dict[str, tuple[int, ...]]:
        """Shapes that must come out for an input of this height and width."""
        sizes = {"h": height, "w": width}
        return {name: tuple(_dimension(d, sizes) for d in shape) for name, shape in self.outputs.items()}


def list_models(folder: Path | None = None) -> tuple[ModelEntry, ...]:
    """Every model of the registry, in its order, and after them those that a user added to the models folder `folder`.

    Raises:
        ModelError: ``models.toml``, or a user's ``model.toml``, is not what it should be.
    """
    own = sorted(folder.glob(f"*/{OWN}")) if folder else []
    return (*_read_registry(), *(_own(path) for path in own))


def model(name: str, folder: Path | None = None) -> ModelEntry:
    """The entry of that name, of the registry or of a user's model in the models folder `folder`.

    Raises:
        ModelError: there is none; the message lists the known names.
    """
    for entry in _read_registry():
        if entry.name == name:
            return entry
    if folder and name and Path(name).name == name and (folder / name / OWN).is_file():
        return _own(folder / name / OWN)  # whatever is wrong with the others'
    known = [entry.name for entry in _read_registry()]
    known += sorted(path.parent.name for path in folder.glob(f"*/{OWN}")) if folder else []
    raise ModelError(f"no model is called {name!r}; known are {', '.join(known)}")


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

    convert(source, target, tuple(entry.outputs), entry.only)


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


def parse_registry(text: str, origin: str = "models.toml") -> tuple[ModelEntry, ...]:
    """The entries of a registry in TOML, which messages call `origin`.

    Raises:
        ModelError: not TOML, or an entry lacks a field or names an unknown class.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ModelError(f"{origin} is not TOML: {error}") from error
    return tuple(_entry(name, table, origin) for name, table in tables.items())


def _own(path: Path) -> ModelEntry:
    """The entry that a user's model has in its folder."""
    entries = parse_registry(path.read_text(encoding="utf-8"), str(path))
    if len(entries) != 1 or entries[0].name != path.parent.name:
        told = ", ".join(entry.name for entry in entries) or "none"
        raise ModelError(f"{path}: expected one table [{path.parent.name}], as its folder is called, got {told}")
    return replace(entries[0], own=True)


def _entry(name: str, table: Mapping[str, Any], origin: str) -> ModelEntry:
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
            only={output: tuple(channels) for output, channels in table.get("only", {}).items()},
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{origin}, model {name}: {type(error).__name__} {error}") from error
    if entry.converter not in {"", *_CONVERTERS}:
        raise ModelError(f"{origin}, model {name}: unknown converter {entry.converter!r}")
    return entry


def _source(table: Mapping[str, Any]) -> Source:
    members = tuple(Member(**member) for member in table["member"])
    rest = {key: value for key, value in table.items() if key not in {"kind", "member"}}
    return Source(kind=cast("Kind", table["kind"]), members=members, **rest)


def _dimension(value: Dimension, sizes: Mapping[str, int]) -> int:
    """An output's length: a number, or terms such as ``h/4`` or ``hw/64`` (cells of 8x8 pixels) joined by ``+``."""
    if isinstance(value, int):
        return value
    total = 0
    for term in value.split("+"):
        letters, _, divisor = term.partition("/")
        total += math.prod(sizes[letter] for letter in letters) // int(divisor or 1)
    return total
