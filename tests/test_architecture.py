"""The dependency rule of ARCHITECTURE.md holds, and would be seen when broken."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# A program that imports what it is told and prints: seconds for numpy, seconds for ours, and the heavy modules it got.
IMPORT_COST = """
import sys, time
t0 = time.perf_counter()
import numpy, numpy.typing
t1 = time.perf_counter()
for name in sys.argv[1].split():
    __import__(name)
t2 = time.perf_counter()
heavy = "alembic av cv2 duckdb fastapi onnx onnxruntime openvino pyarrow pydantic scipy shapely sqlalchemy starlette typer"
print(t1 - t0, t2 - t1, ",".join(sorted(set(heavy.split()) & set(sys.modules))), sep=";")
"""


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    program = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"
    return subprocess.run(
        [sys.executable, "-P", "-c", program, "--no-cache"],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "PATH": "", "COLUMNS": "300"},
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the package that a test may spoil."""
    shutil.copytree(ROOT / "pantau", tmp_path / "pantau", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "bench", tmp_path / "bench", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_contracts_hold(tree: Path) -> None:
    result = lint_imports(tree)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("planted", "code", "contract"),
    [
        ("see/planted.py", "import pantau.measure", "Everything has its layer"),
        ("measure/planted.py", "from pantau import store", "stages, store and pipeline meet only in the core"),
        ("serve/planted.py", "import pantau.ingest", "Serving never runs a stage"),
        ("measure/planted.py", "import av", "PyAV stays in ingest"),
        ("serve/planted.py", "import openvino", "Inference stays in see"),
        ("store/planted.py", "import cv2", "OpenCV stays in"),
        ("serve/planted.py", "def late():\n    import duckdb", "SQL stays in the store"),
        ("store/planted.py", "from fastapi import FastAPI", "The web framework stays in serve and label"),
        ("serve/release/rule.py", "import pantau.alert.desk", "What decides about releasing people"),
        ("../bench/compose/planted.py", "import pantau.measure.patch", "What composes a scene does not know"),
    ],
)
def test_direct_violation_is_caught(tree: Path, planted: str, code: str, contract: str) -> None:
    (tree / "pantau" / planted).write_text(code + "\n")
    result = lint_imports(tree)
    assert result.returncode == 1, result.stdout + result.stderr
    assert broken(result, contract), result.stdout


def test_indirect_violation_is_caught(tree: Path) -> None:
    (tree / "pantau/see/planted.py").write_text("import pantau.bridge\n")
    (tree / "pantau/bridge.py").write_text("import pantau.ingest\n")
    result = lint_imports(tree)
    assert result.returncode == 1, result.stdout + result.stderr
    assert broken(result, "stages, store and pipeline meet only in the core"), result.stdout
    assert "pantau.bridge -> pantau.ingest" in result.stdout


def test_module_without_a_layer_is_caught(tree: Path) -> None:
    (tree / "pantau/utils.py").write_text("")
    result = lint_imports(tree)
    assert result.returncode == 1, result.stdout + result.stderr
    assert broken(result, "Everything has its layer"), result.stdout


def broken(result: subprocess.CompletedProcess[str], contract: str) -> bool:
    return any(contract in line and " BROKEN" in line for line in result.stdout.splitlines())


def test_importing_pantau_costs_numpy_and_less_than_a_tenth_of_a_second() -> None:
    names = "pantau pantau.types pantau.ports pantau.errors pantau.geometry"
    cheapest_s, numpy_s = min(import_cost(names) for _ in range(5))  # other programs can only add
    assert cheapest_s < max(0.1, numpy_s), f"{cheapest_s:.3f} s beside numpy's {numpy_s:.3f} s"


def import_cost(names: str) -> tuple[float, float]:
    command = [sys.executable, "-P", "-c", IMPORT_COST, names]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=20)
    numpy_s, ours_s, heavy = result.stdout.strip().split(";")
    assert heavy == "", f"importing {names} drags in {heavy}"
    return float(ours_s), float(numpy_s)


def test_starting_the_city_waits_for_no_engine_and_no_solver() -> None:
    program = "import sys, pantau.app; print(*sorted({'onnx', 'onnxruntime', 'openvino', 'scipy', 'shapely', 'holidays'} & set(sys.modules)))"
    command = [sys.executable, "-P", "-c", program]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    assert result.stdout.split() == []
