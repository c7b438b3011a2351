"""Detectors by name: those of the registry and a user's own (`pantau.see.headed`), others by entry points.

A third party's detector is an entry point of the group ``pantau.detector``: its name is what the camera file says, its
object a function ``(folder: Path, precision: str) -> LoadedModel``. It is looked up by name, so nothing else is imported.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path
from typing import Final, Protocol, cast

from pantau.errors import ModelError
from pantau.ports import Detector
from pantau.see.cuda import Device
from pantau.see.fetch import Progress
from pantau.see.headed import load_headed
from pantau.see.registry import OWN, ModelEntry, fetch, list_models, model, verify

GROUP: Final = "pantau.detector"


class LoadedModel(Protocol):
    """A model in memory, shared by all cameras."""

    @property
    def method(self) -> str:
        """As its detectors say it."""
        ...

    def open(self) -> Detector:
        """A detector for one camera, to be used by one thread."""
        ...


def detector_names(folder: Path | None = None) -> tuple[str, ...]:
    """Every name that `load_detector` knows, those of a user's models in the models folder `folder` included."""
    built_in = [entry.name for entry in list_models(folder) if entry.task == "detect"]
    return (*built_in, *sorted(set(entry_points(group=GROUP).names) - set(built_in)))


def load_detector(
    name: str,
    folder: Path,
    *,
    precision: str = "auto",
    device: Device = "cpu",
    progress: Progress | None = None,
    patches: bool = False,
) -> LoadedModel:
    """Load a detector, fetching its model first where it isn't there.

    Args:
        name: of a model in the registry, or of an entry point.
        folder: the models folder.
        precision: ``auto`` (measured), ``f32`` or ``bf16``.
        device: what a model of the registry runs on; a third party's sees to that itself.
        progress: told about the bytes of a fetch.
        patches: a model of the registry looks anew only at what has changed, where it can (`pantau.see.changed`).

    Raises:
        ModelError: no such detector, it can't be had, or it can't be run; a model that must be asked for (``opt_in``)
            is never fetched from here.
    """
    if precision not in {"auto", "f32", "bf16"}:
        raise ModelError(f"expected precision auto, f32 or bf16, got {precision!r}")
    entry = _entry(name, folder)
    if entry is None:
        return _third_party(name, folder, precision)
    path = verify(entry, folder) if entry.opt_in or entry.own else fetch(entry, folder, progress)
    return load_headed(entry, path, folder, precision, device, patches=patches)


def _entry(name: str, folder: Path) -> ModelEntry | None:
    """The registry's or a user's; nothing where the name is an entry point's, or nobody's."""
    try:
        entry = model(name, folder)
    except ModelError:
        if (folder / name / OWN).is_file():  # it is there, and wrong: that is the answer
            raise
        return None
    return entry if entry.task == "detect" else None


def _third_party(name: str, folder: Path, precision: str) -> LoadedModel:
    found = entry_points(group=GROUP, name=name)
    if not found:
        raise ModelError(f"no detector is called {name!r}; known are {', '.join(detector_names(folder))}")
    load = cast("Callable[[Path, str], LoadedModel]", next(iter(found)).load())
    return load(folder, precision)
