"""The converted network answers as the paper's does, with batch normalisation done the long way round; tiny weights, made here."""

from __future__ import annotations

import io
import pickle
import sys
import types
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from typing_extensions import override

from pantau.errors import ModelError
from pantau.see.mobilenet import EPSILON, MEAN, SPREAD, convert

Array = npt.NDArray[np.float32]

FIRST, LAST = 4, 10
# Of each block: channels out, and its stride; table 2 of the paper with thin layers. Where both stay, the way round it is added.
BLOCKS = [
    (3, 1), (4, 2), (4, 1), (5, 2), (5, 1), (5, 1), (6, 2), (6, 1), (6, 1), (6, 1), (7, 1), (7, 1), (7, 1), (8, 2), (8, 1),
    (8, 1), (9, 1),
]  # fmt: skip
WIDER = 2


def layer(rng: np.random.Generator, out: int, into: int, side: int) -> list[Array]:
    """Kernel, gain, shift, mean, variance."""
    kernel = rng.normal(0, 1 / np.sqrt(into * side * side), (out, into, side, side))
    rest = rng.uniform(0.6, 1.6, out), rng.normal(0, 0.4, out), rng.normal(0, 0.2, out), rng.uniform(0.3, 1.5, out)
    return [np.asarray(part, np.float32) for part in (kernel, *rest)]


def network(seed: int = 0) -> dict[str, list[Array]]:
    """Layers by name."""
    rng = np.random.default_rng(seed)
    layers, into = {"features.0.0": layer(rng, FIRST, 3, 3)}, FIRST
    for number, (out, _) in enumerate(BLOCKS, start=1):
        name, wide = f"features.{number}.conv", into if number == 1 else into * WIDER
        at = 0
        if number > 1:
            layers[f"{name}.0"], at = layer(rng, wide, into, 1), 3
        layers[f"{name}.{at}"] = layer(rng, wide, 1, 3)
        layers[f"{name}.{at + 3}"] = layer(rng, out, wide, 1)
        into = out
    layers["features.18.0"] = layer(rng, LAST, into, 1)
    return layers


def weights(layers: Mapping[str, list[Array]]) -> dict[str, Array]:
    """Named as PyTorch names them: a convolution, and its normalisation one further."""
    found: dict[str, Array] = {}
    for name, parts in layers.items():
        stem, at = name.rsplit(".", 1)
        found[f"{name}.weight"] = parts[0]
        for part, what in zip(parts[1:], ("weight", "bias", "running_mean", "running_var"), strict=True):
            found[f"{stem}.{int(at) + 1}.{what}"] = part
    return found


def convolved(x: Array, parts: list[Array], stride: int = 1, *, each: bool = False) -> Array:
    """A convolution (of `each` channel alone) and its normalisation, as they are written, of x (C, H, W)."""
    kernel, gain, shift, mean, var = parts
    side = kernel.shape[-1]
    margin = side // 2
    padded = np.pad(x, ((0, 0), (margin, margin), (margin, margin)))
    windows = sliding_window_view(padded, (side, side), axis=(1, 2))[:, ::stride, ::stride]
    out = np.einsum("chwij,cij->chw", windows, kernel[:, 0]) if each else np.einsum("chwij,ocij->ohw", windows, kernel)
    scaled = (out - mean[:, None, None]) / np.sqrt(var + EPSILON)[:, None, None]
    return np.asarray(scaled * gain[:, None, None] + shift[:, None, None], np.float32)


def relu6(x: Array) -> Array:
    return np.clip(x, 0, 6)


def answered(layers: Mapping[str, list[Array]], image: Array) -> Array:
    """The paper's network on an image (3, H, W), RGB 0-255."""
    x = np.asarray((image - np.reshape(MEAN, (3, 1, 1))) / np.reshape(SPREAD, (3, 1, 1)), np.float32)
    x = relu6(convolved(x, layers["features.0.0"], 2))
    for number, (out, stride) in enumerate(BLOCKS, start=1):
        name, at, inner = f"features.{number}.conv", 0, x
        if number > 1:
            inner, at = relu6(convolved(x, layers[f"{name}.0"])), 3
        inner = relu6(convolved(inner, layers[f"{name}.{at}"], stride, each=True))
        narrow = convolved(inner, layers[f"{name}.{at + 3}"])
        x = x + narrow if stride == 1 and len(x) == out else narrow
    return relu6(convolved(x, layers["features.18.0"]))


class Saved:
    """A tensor as PyTorch pickles it: a storage by name, and how it lies in it."""

    def __init__(self, key: str, array: Array) -> None:
        self.key, self.array = key, np.ascontiguousarray(array)

    @override
    def __reduce__(self) -> tuple[Any, ...]:
        strides = tuple(step // 4 for step in self.array.strides)
        return sys.modules["torch._utils"]._rebuild_tensor_v2, (self, 0, self.array.shape, strides, False, {})


def save(tensors: Mapping[str, Array], path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write a file of weights: the zip of today, with a stand-in for the names that PyTorch's pickle says."""
    torch, inner = types.ModuleType("torch"), types.ModuleType("torch._utils")

    def rebuild(*_: object) -> None: ...

    rebuild.__module__, rebuild.__qualname__ = "torch._utils", "_rebuild_tensor_v2"
    storage = type("FloatStorage", (), {"__module__": "torch"})
    inner.__dict__["_rebuild_tensor_v2"], torch.__dict__["FloatStorage"] = rebuild, storage
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setitem(sys.modules, "torch._utils", inner)
    saved = {name: Saved(str(number), array) for number, (name, array) in enumerate(tensors.items())}

    class Pickler(pickle.Pickler):
        outer: Saved | None = None

        @override
        def persistent_id(self, obj: Any) -> Any:
            if isinstance(obj, Saved) and obj is self.outer:  # within its own reduction: the storage
                self.outer = None
                return ("storage", storage, obj.key, "cpu", obj.array.size)
            self.outer = obj if isinstance(obj, Saved) else self.outer
            return None

    data = io.BytesIO()
    Pickler(data, protocol=2).dump(saved)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("tiny/data.pkl", data.getvalue())
        for one in saved.values():
            archive.writestr(f"tiny/data/{one.key}", one.array.astype("<f4").tobytes())


def test_it_answers_as_the_network_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    layers = network()
    save(weights(layers), tmp_path / "tiny.pt", monkeypatch)
    convert(tmp_path / "tiny.pt", tmp_path / "tiny.onnx", "images", "features")
    session = onnxruntime.InferenceSession(tmp_path / "tiny.onnx", providers=["CPUExecutionProvider"])
    assert [one.name for one in (*session.get_inputs(), *session.get_outputs())] == ["images", "features"]
    for height, width in ((64, 64), (96, 64)):  # height and width are free
        image = np.random.default_rng(height).uniform(0, 255, (3, height, width)).astype(np.float32)
        (found,) = session.run(None, {"images": image[None]})
        expected = answered(layers, image)
        assert found.shape == (1, LAST, height // 32, width // 32)
        assert expected.std() > 0.05
        np.testing.assert_allclose(found[0], expected, atol=2e-4)


def test_weights_of_another_network_are_refused_naming_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = weights(network())
    del known["features.9.conv.3.weight"]
    save(known, tmp_path / "other.pt", monkeypatch)
    with pytest.raises(ModelError, match=r"MobileNetV2: 'features\.9\.conv\.3\.weight'"):
        convert(tmp_path / "other.pt", tmp_path / "other.onnx", "images", "features")
    assert not (tmp_path / "other.onnx").exists()
