"""``pantau doctor``: what this computer can do, and what is wrong, in words."""

from __future__ import annotations

import os
import shutil
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pantau.commands.gauges import refused_gauges
from pantau.config import Settings, load_settings
from pantau.demo.rtsp import server_python
from pantau.errors import PantauError
from pantau.ingest.decode import wall_clock as now
from pantau.see.cores import cores
from pantau.see.registry import OWN, list_models, model, verify
from pantau.store.control import Control

LOW_DISK = 2 << 30
CPU_FLAGS = ("amx_bf16", "avx512_vnni", "avx2")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: whether it is good, and what was found."""

    what: str
    good: bool
    said: str


def examine(config: Path | None) -> Iterator[Check]:
    """Look at the computer, the installation and its models, one check at a time."""
    yield _python()
    yield _processor()
    for package in ("openvino", "onnxruntime", "av", "duckdb"):
        yield _package(package)
    settings, home, check = _settings(config)
    yield check
    yield _disk(settings.data.store_at(home))
    yield from _gauges(settings.data.store_at(home))
    yield from _models(settings.data.models_at(home))
    yield _port(settings)
    yield _rtsp()


def _python() -> Check:
    found = ".".join(map(str, sys.version_info[:3]))
    return Check("Python", good=sys.version_info >= (3, 11), said=f"{found}; 3.11 or newer is needed")


def _processor() -> Check:
    try:
        info = Path("/proc/cpuinfo").read_text("utf-8")
    except OSError:
        info = ""
    name = next(
        (line.split(":", 1)[1].strip() for line in info.splitlines() if line.startswith("model name")), "unknown"
    )
    best = next((flag for flag in CPU_FLAGS if flag in info), "")
    speed = {
        "amx_bf16": "bf16 runs about twice as fast as f32 here",
        "avx512_vnni": "f32 is the fastest here; bf16 would be emulated",
        "avx2": "f32 is the fastest here",
    }.get(best, "no vector instructions that inference could use were found: expect it to be slow")
    mine, there = cores(), os.cpu_count() or 1
    part = f", of which this process may use {mine}" if mine < there else ""
    return Check("Processor", good=bool(best), said=f"{name}, {there} threads{part}; {speed}")


def _package(name: str) -> Check:
    try:
        return Check(name, good=True, said=version(name))
    except PackageNotFoundError:
        fallback = (
            "; the other inference engine is used" if name in {"openvino", "onnxruntime"} else "; run `make setup`"
        )
        return Check(name, good=False, said=f"not installed{fallback}")


def _settings(config: Path | None) -> tuple[Settings, Path, Check]:
    path = config or Path("pantau.toml")
    if not path.is_file():
        return (
            Settings(),
            Path(),
            Check("pantau.toml", good=config is None, said=f"{path}: none; `pantau init` makes one"),
        )
    try:
        settings = load_settings(path)
        return (
            settings,
            path.resolve().parent,
            Check("pantau.toml", good=True, said=f"{path}, time zone {settings.city.zone}"),
        )
    except PantauError as error:
        return Settings(), path.resolve().parent, Check("pantau.toml", good=False, said=str(error))


def _disk(folder: Path) -> Check:
    there = next(p for p in (folder.resolve(), *folder.resolve().parents) if p.exists())
    free = shutil.disk_usage(there).free
    return Check(
        "Disk", free > LOW_DISK, f"{free / 1e9:.0f} GB free for {folder}; 16 cameras need about 0.02 GB a year"
    )


def _gauges(folder: Path) -> Iterator[Check]:
    """Nothing where no register is yet."""
    if not (folder / "control.db").is_file():
        return
    try:
        control = Control.open(folder, clock=now)
    except PantauError as error:
        yield Check("Register", good=False, said=str(error))
        return
    try:
        for _, why in refused_gauges(control):
            yield Check("Gauge", good=False, said=why)
    finally:
        control.close()


def _models(folder: Path) -> Iterator[Check]:
    for entry in list_models():
        if entry.path(folder).is_file():
            yield _verified(entry.name, folder)
        else:
            said = f"not here; `pantau models fetch {entry.name}` brings it"
            yield Check(f"Model {entry.name}", good=True, said=said)
    for path in sorted(folder.glob(f"*/{OWN}")):
        yield _verified(path.parent.name, folder)


def _verified(name: str, folder: Path) -> Check:
    try:
        return Check(f"Model {name}", good=True, said=f"{verify(model(name, folder), folder)} is as it should be")
    except PantauError as error:
        return Check(f"Model {name}", good=False, said=str(error))


def _port(settings: Settings) -> Check:
    address = (settings.server.host, settings.server.port)
    with socket.socket() as probe:
        probe.settimeout(1.0)
        taken = probe.connect_ex(address) == 0
    said = "in use: Pantau is running, or another program has it (change server.port)" if taken else "free"
    return Check(f"Port {address[1]}", good=True, said=said)


def _rtsp() -> Check:
    python = server_python()
    said = f"{python} has GStreamer's server" if python else "no local server; only the demo and the tests use one"
    return Check("RTSP test server", good=True, said=said)
