"""Weights are read without torch, and a file that holds anything else is refused before it can run."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest
from typing_extensions import override

from pantau.errors import ModelError
from pantau.see.torch_file import MAGIC, read_weights


class Harm:
    @override
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, ("harmed",)


def test_a_pickle_that_would_run_something_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "bad.pt"
    parts: tuple[object, ...] = (MAGIC, 1001, {}, Harm())
    path.write_bytes(b"".join(pickle.dumps(part) for part in parts))
    with pytest.raises(ModelError, match="more than weights"):
        read_weights(path)
    assert not (tmp_path / "harmed").exists()


def test_what_is_no_file_of_weights_is_said_to_be_none(tmp_path: Path) -> None:
    path = tmp_path / "text.pt"
    path.write_bytes(b"not weights")
    with pytest.raises(ModelError, match="no file of weights"):
        read_weights(path)
