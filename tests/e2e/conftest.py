"""One sample city for all end-to-end tests: the real command, in a folder of its own, with real footage and models.

Fetched footage and models are kept in ``.cache/e2e`` between test runs; the databases are made anew each time.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.rtsp_server import free_port
from tests.running_city import ROOT, RunningCity

KEPT = ROOT / ".cache" / "e2e"


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCity]:
    """The sample city of ``pantau demo``, with fresh databases."""
    KEPT.mkdir(parents=True, exist_ok=True)
    for stale in (*KEPT.glob("pantau.*"), *KEPT.glob("control.*"), *KEPT.glob("vault.*")):
        stale.unlink()
    port = free_port()
    city = RunningCity(
        ["demo", "--folder", str(KEPT), "--port", str(port)], port, tmp_path_factory.mktemp("demo") / "log"
    )
    city.start()
    yield city
    if city.process and city.process.poll() is None:
        city.stop()


@pytest.fixture(scope="session")
def footage(demo: RunningCity) -> Path:
    """Folder of the demo's footage, fetched by then."""
    return KEPT / "footage"


@pytest.fixture
def installation(tmp_path: Path, demo: RunningCity) -> Iterator[Callable[[str], RunningCity]]:
    """A function that makes an installation of its own (its camera file is given) and starts ``pantau run``."""
    cities: list[RunningCity] = []

    def make(cameras: str) -> RunningCity:
        port = free_port()
        config = tmp_path / "pantau.toml"
        config.write_text(
            f'[city]\nname = "Uji"\nregion = "33.74"\n[server]\nport = {port}\n[data]\nmodels = "{KEPT / "models"}"\n'
        )
        (tmp_path / "cameras.toml").write_text(cameras)
        apply = [sys.executable, "-m", "pantau.cli", "apply", str(tmp_path / "cameras.toml"), "--config", str(config)]
        subprocess.run(apply, check=True, cwd=ROOT, timeout=60, env=os.environ | {"PYTHONWARNINGS": "error"})
        city = RunningCity(["run", "--config", str(config)], port, tmp_path / "log")
        cities.append(city)
        city.start()
        return city

    yield make
    for city in cities:
        if city.process and city.process.poll() is None:
            city.stop()
