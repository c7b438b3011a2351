"""Takes a user's own model into the models folder: recognised, hashed, and labelled with its licence and its classes.

Idea: what is written is an entry like those of the registry (``NAME/model.toml`` beside the file), so a user's model is fetched,
verified and loaded like any other, and its owner can read and change what was guessed. The file is copied, and its SHA-256 is what it must
have ever after: weights that change under a name are refused, and the hash's first eight digits stand in the method beside every number. The
folder appears when it is whole.

A model under AGPL or for non-commercial use is taken only when its owner says that they know (``--accept-licence``): the AGPL reaches those
who *offer* the system over a network, and a city is not a hobby. Pantau only labels; it is no lawyer.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import tomli_w

from pantau.errors import ModelError
from pantau.see.engine import Size
from pantau.see.fetch import Member, place, sha256
from pantau.see.names import COCO, labels_of
from pantau.see.recognise import Described, Recognised, describe, names_in, recognise
from pantau.see.registry import OWN, ModelEntry, list_models, model, parse_registry

RESTRICTED: Final = re.compile(r"agpl|non-?\s?commercial|\bNC\b|-NC\b|research[- ]only", re.IGNORECASE)
"""Licences that a model is not taken under without its owner's word."""
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the owner of a model says of it; what is empty is taken from the file, or from its head.

    Args:
        name: what cameras call it.
        licence: of the weights.
        accepted: its owner knows what a restricted licence asks of them.
        names: file with a name a line, or JSON (``id2label``, a list, or label to name); ``coco`` for COCO's 80.
        head: one of `pantau.see.heads.HEADS`.
        size: (height, width) to look with, where the file leaves it free.
    """

    name: str
    licence: str = ""
    accepted: bool = False
    names: str = ""
    head: str = ""
    size: Size | None = None


@dataclass(frozen=True, slots=True)
class Added:
    """A model that was taken in, and the names it knows that are none of our classes."""

    entry: ModelEntry
    unknown: tuple[str, ...]


def add(path: Path, folder: Path, told: Told) -> Added:
    """Take a user's ONNX file into the models folder `folder`.

    Raises:
        ModelError: it is no detector that is known, knows none of our classes, its licence isn't said or accepted, or its
            name is taken; nothing was put in place.
    """
    check_name(told.name, folder)
    about = describe(path)
    licence = _licence(path, about, told)
    found = recognise(path, about, told.head, told.size)
    names = _names(path, about, found, told)
    labels, unknown = labels_of(names)
    if not labels:
        raise ModelError(
            f"{path.name} knows {_some(names.values())}, none of which is a person or vehicle that Pantau counts"
        )
    members = _members(path, about)
    table = _table(told.name, path, licence, found, labels, members)
    text = tomli_w.dumps({told.name: table})
    (entry,) = parse_registry(text, OWN)
    _put(folder, told.name, text, path.parent, members)
    return Added(model(entry.name, folder), unknown)


def add_entry(path: Path, folder: Path, *, accepted: bool) -> tuple[ModelEntry, ...]:
    """Take the entries of a TOML file, such as one that a neighbouring city hands on; their files are fetched later.

    Raises:
        ModelError: as `add`.
    """
    text = path.read_text(encoding="utf-8")
    entries = parse_registry(text, str(path))
    for entry in entries:
        check_name(entry.name, folder)
        if RESTRICTED.search(entry.licence) and not (entry.opt_in and accepted):
            raise _restricted(entry.name, entry.licence)
    for name, table in tomllib.loads(text).items():
        _put(folder, name, tomli_w.dumps({name: table}), path.parent, ())
    return tuple(model(entry.name, folder) for entry in entries)


def check_name(name: str, folder: Path) -> None:
    """Whether a model may be called so.

    Raises:
        ModelError: it may not, or the name is taken.
    """
    if not _NAME.fullmatch(name):
        raise ModelError(f"--name: expected up to 40 of a-z, 0-9, dot, dash and underscore, got {name!r}")
    if name in {entry.name for entry in list_models()} or (folder / name).exists():
        raise ModelError(f"a model is called {name!r} already; choose another name, or delete {folder / name} first")


def _licence(path: Path, about: Described, told: Told) -> str:
    licence = told.licence or about.metadata.get("license", "")
    if not licence:
        raise ModelError(f"{path.name} doesn't say its licence; say it with --licence, such as --licence Apache-2.0")
    if RESTRICTED.search(f"{licence} {about.metadata.get('license', '')}") and not told.accepted:
        raise _restricted(path.name, licence)
    return licence


def _restricted(name: str, licence: str) -> ModelError:
    return ModelError(
        f"{name} is under {licence!r}, which asks something of those who use it (AGPL: the source of what you offer over a network; "
        "non-commercial: perhaps not for a city at all); if you have read it and may, say --accept-licence, and opt_in = true in an entry"
    )


def _names(path: Path, about: Described, found: Recognised, told: Told) -> dict[int, str]:
    """Label → name: as the owner says, else as the file says, else COCO's where there are 80."""
    names = read_names(told.names) if told.names else names_in(about)
    if not names and found.classes == len(COCO):
        names = dict(enumerate(COCO))
    if not names:
        many = f"{found.classes} classes" if found.classes else "classes"
        raise ModelError(
            f"{path.name} has {many} and doesn't say their names; give them with --names FILE, or --names coco"
        )
    if found.classes is not None and max(names) >= found.classes:
        raise ModelError(
            f"{path.name} has {found.classes} classes, and the names go up to number {max(names)}; these belong to another model"
        )
    return names


def read_names(told: str) -> dict[int, str]:
    """Label → name from ``coco`` or a file: a name a line from label 0, or JSON.

    Raises:
        ModelError: there is no such file, or it is neither.
    """
    if told.casefold() == "coco":
        return dict(enumerate(COCO))
    try:
        text = Path(told).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"--names: {told} can't be read ({error})") from error
    if not text.lstrip().startswith(("{", "[")):
        return {label: line.strip() for label, line in enumerate(text.splitlines()) if line.strip()}
    try:
        data: Any = json.loads(text)
        pairs = enumerate(data) if isinstance(data, list) else dict(data.get("id2label", data)).items()
        return {int(label): str(name) for label, name in pairs}
    except (ValueError, TypeError, AttributeError) as error:
        raise ModelError(
            f'--names: expected JSON as {{"0": "person", …}}, a list, or id2label in {told}: {error}'
        ) from error


def _members(path: Path, about: Described) -> tuple[Member, ...]:
    """The file, and those with its weights where it keeps them beside itself."""
    paths = [path, *(path.parent / name for name in about.beside)]
    for one in paths:
        if one.parent != path.parent or not one.is_file():
            raise ModelError(f"{path.name} keeps weights in {one.name}, which does not lie beside it; put it there")
    return tuple(Member(one.name, sha256(one), one.stat().st_size) for one in paths)


def _table(
    name: str, path: Path, licence: str, found: Recognised, labels: Mapping[int, str], members: tuple[Member, ...]
) -> dict[str, Any]:
    into = found.input
    return {
        "task": "detect",
        "title": f"{path.name}, added by its user",
        "detector": found.head,
        "file": path.name,
        "converter": "",
        "licence": licence,
        "opt_in": bool(RESTRICTED.search(licence)),
        "notes": "",
        "input": {
            "name": into.name,
            "layout": into.layout,
            "colours": into.colours,
            "divisor": into.divisor,
            "size": list(into.size),
            "fit": into.fit,
            "sizes": into.sizes,
        },
        "outputs": {output: list(shape) for output, shape in found.outputs.items()},
        "labels": {str(label): road_user for label, road_user in labels.items()},
        "source": [
            {
                "kind": "file",
                "package": name,
                "member": [{"path": m.path, "sha256": m.sha256, "size": m.size} for m in members],
            }
        ],
    }


def _put(folder: Path, name: str, text: str, origin: Path, members: tuple[Member, ...]) -> None:
    """The folder with its entry and files, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".add-") as scratch:
        here = Path(scratch) / name
        here.mkdir()
        for member in members:
            with (origin / member.path).open("rb") as stream:
                place(stream, member, here, origin=str(origin))
        (here / OWN).write_text(text, encoding="utf-8")
        shutil.move(here, folder / name)


def _some(names: Iterable[str]) -> str:
    told = list(names)
    return ", ".join(told[:12]) + (f" and {len(told) - 12} more" if len(told) > 12 else "")
