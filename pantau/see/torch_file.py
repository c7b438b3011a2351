"""Reads the weights in a file that PyTorch saved, without PyTorch and without trusting the file.

Idea: such a file is a pickle that names storages, and the storages as raw numbers. A pickle can run any program, so this one is
read by an unpickler that knows only the few names which tensors are made of, and refuses every other; a name stands for a NumPy
view. Both forms are read: the one of before 2020 (pickles one after the other, then the storages) and the zip of today.

Source: the formats as ``torch.serialization`` documents them. Limits: tensors of floats and integers, little-endian, on the
CPU; whole pickled models (classes) are refused. Rejected: torch (800 MB, to read 9 once).
"""

from __future__ import annotations

import io
import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
import numpy.typing as npt
from typing_extensions import override

from pantau.errors import ModelError

Array = npt.NDArray[Any]

MAGIC: Final = 0x1950A86A20F9469CFC6C
STORAGES: Final = {
    "FloatStorage": np.dtype("<f4"),
    "DoubleStorage": np.dtype("<f8"),
    "HalfStorage": np.dtype("<f2"),
    "LongStorage": np.dtype("<i8"),
    "IntStorage": np.dtype("<i4"),
    "ByteStorage": np.dtype("u1"),
}


class _Storage:
    """Numbers that come later in the file; `fill` gives them."""

    def __init__(self, dtype: np.dtype[Any], count: int) -> None:
        self.array = np.zeros(count, dtype)

    def fill(self, data: bytes) -> None:
        if len(data) != self.array.nbytes:
            raise ModelError(f"expected {self.array.nbytes} bytes of weights, got {len(data)}: the file is cut short")
        self.array[:] = np.frombuffer(data, self.array.dtype)


class _Reader(pickle.Unpickler):
    """An unpickler that can make dictionaries and tensors, and nothing else."""

    def __init__(self, file: IO[bytes], storages: dict[str, _Storage]) -> None:
        super().__init__(file)
        self._storages = storages

    @override
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) in {("torch._utils", "_rebuild_tensor"), ("torch._utils", "_rebuild_tensor_v2")}:
            return _tensor
        if module == "torch" and name in STORAGES:
            return STORAGES[name]
        raise ModelError(f"the file of weights names {module}.{name}: it holds more than weights and is not read")

    @override
    def persistent_load(self, pid: Any) -> _Storage:
        _, dtype, key, _, count, *_ = pid
        return self._storages.setdefault(str(key), _Storage(dtype, int(count)))


def _tensor(storage: _Storage, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: object) -> Array:
    """A view of a storage; filled when the storage is."""
    size = storage.array.itemsize
    last = offset + sum((n - 1) * s for n, s in zip(shape, strides, strict=True)) if all(shape) else 0
    if offset < 0 or min(strides, default=0) < 0 or last >= max(len(storage.array), 1):
        raise ModelError("a tensor of the file reaches beyond its storage: the file is damaged")
    return np.lib.stride_tricks.as_strided(storage.array[offset:], shape, [s * size for s in strides], writeable=False)


def read_weights(path: Path) -> Mapping[str, Array]:
    """The tensors of a saved ``state_dict``, by name.

    Raises:
        ModelError: it can't be read, or holds anything but tensors.
    """
    storages: dict[str, _Storage] = {}
    try:
        found = (_zipped if zipfile.is_zipfile(path) else _plain)(path, storages)
    except (OSError, EOFError, ValueError, TypeError, KeyError, pickle.UnpicklingError, zipfile.BadZipFile) as error:
        raise ModelError(f"{path} is no file of weights that PyTorch saved: {error}") from error
    if not isinstance(found, dict) or not all(isinstance(value, np.ndarray) for value in found.values()):
        raise ModelError(f"{path}: expected named tensors, got {type(found).__name__}")
    return {str(name): value for name, value in found.items()}


def _plain(path: Path, storages: dict[str, _Storage]) -> object:
    with path.open("rb") as file:
        read: Callable[[], Any] = lambda: _Reader(file, storages).load()  # noqa: E731 - four pickles in a row
        if read() != MAGIC:
            raise ModelError(f"{path} is no file of weights that PyTorch saved: its first number is another")
        read(), read()  # the version, and the widths of integers
        found, keys = read(), read()
        for key in keys:
            storage = storages[str(key)]
            if int.from_bytes(file.read(8), "little") != len(storage.array):
                raise ModelError(f"{path}: a storage has another length than its tensors say")
            storage.fill(file.read(storage.array.nbytes))
    return found


def _zipped(path: Path, storages: dict[str, _Storage]) -> object:
    with zipfile.ZipFile(path) as archive:
        root = next(name for name in archive.namelist() if name.endswith("/data.pkl")).removesuffix("data.pkl")
        found = _Reader(io.BytesIO(archive.read(f"{root}data.pkl")), storages).load()
        for key, storage in storages.items():
            storage.fill(archive.read(f"{root}data/{key}"))
    return found
