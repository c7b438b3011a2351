"""Runs a model: on the CPU by OpenVINO where it works and ONNX Runtime where it doesn't, on a graphics card as `pantau.see.cuda` does.

Idea: an `Engine` is a model compiled for one input size, shared by all cameras with pictures of that shape; each camera
takes a `Request` of its own from it. Every inference uses one thread, and as many run side by side as there are cores:
on a CPU, batches and more threads for one picture cost time and bring none (measured; 2 threads cost 5 to 30 % more CPU).

What comes out is checked once, at the start, against the shapes of the registry. Limits: OpenVINO's IR (.xml)
runs in OpenVINO alone. Rejected: one engine per camera (a copy of the weights each), and asynchronous requests (the loop
of a camera has nothing else to do meanwhile).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, Protocol

import numpy as np

from pantau.errors import ModelError
from pantau.see.batches import MOST
from pantau.see.cores import cores
from pantau.see.cuda import CudaEngine, Device
from pantau.types import Floats

if TYPE_CHECKING:
    import onnxruntime
    import openvino

    from pantau.see.registry import Input, ModelEntry

Precision = Literal["f32", "bf16"]
Size = tuple[int, int]

OPENVINO_TYPES: Final[dict[Precision, str]] = {"f32": "f32", "bf16": "bf16"}


class Request(Protocol):
    """Runs one picture at a time; belongs to one thread."""

    def infer(self, array: Floats) -> dict[str, Floats]:
        """Outputs by name for one input array; the arrays are the caller's to keep."""
        ...


class Engine(Protocol):
    """A model compiled for one input size."""

    @property
    def backend(self) -> str:
        """``openvino`` or ``onnxruntime``."""
        ...

    @property
    def precision(self) -> Precision:
        """Of its arithmetic."""
        ...

    def request(self) -> Request:
        """A new way to run it, for one thread."""
        ...


def at_once(device: Device) -> int:
    """How many pictures may be looked at side by side: one on each core, or a batch on a card and the next one waiting."""
    return cores() if device == "cpu" else 2 * MOST


def open_engine(
    entry: ModelEntry, path: Path, size: Size, precision: Precision = "f32", parallel: int = 0, device: Device = "cpu"
) -> Engine:
    """Compile a model.

    Args:
        entry: its registry entry.
        path: the file to load.
        size: (height, width) of the input, pixels.
        precision: of the arithmetic; bf16 needs a CPU that has it.
        parallel: inferences that may run side by side; 0 means as many as there are cores for this process.
        device: what it runs on; a card has its own precision and batches.

    Raises:
        ModelError: no engine can load it, or what it gives isn't what the registry says.
    """
    if not path.is_file():
        raise ModelError(f"model {entry.name}: {path} is missing; run `pantau models fetch {entry.name}`")
    side_by_side = parallel or cores()
    engine: Engine
    if device == "cuda":
        engine = CudaEngine(entry, path, size)
        _check(entry, size, engine)
        return engine
    try:
        engine = OpenVinoEngine(entry, path, size, precision, side_by_side)
    except (ImportError, OSError, RuntimeError) as error:
        if path.suffix == ".xml":
            raise ModelError(f"model {entry.name} needs OpenVINO, which can't load {path.name}: {error}") from error
        engine = OrtEngine(entry, path)
    _check(entry, size, engine)
    return engine


def _check(entry: ModelEntry, size: Size, engine: Engine) -> None:
    """Run once on a black picture, which also makes the first real one as fast as the others."""
    try:
        outputs = engine.request().infer(np.zeros(entry.input.shape(*size), np.float32))
    except (ValueError, KeyError, RuntimeError) as error:
        raise ModelError(
            f"model {entry.name}: a picture of {size[0]}x{size[1]} can't be put through it (expected an input "
            f"{entry.input.name!r}); this is another model than its registry entry describes"
        ) from error
    for name, expected in entry.output_shapes(*size).items():
        got = outputs[name].shape if name in outputs else None
        if got != expected:
            raise ModelError(
                f"model {entry.name}, output {name}: expected {expected} for a {size[0]}x{size[1]} picture, got {got}; "
                "this is another model than its registry entry describes"
            )


# --- OpenVINO ---------------------------------------------------------------------------------------------------------


@cache
def _core() -> openvino.Core:
    import openvino  # noqa: PLC0415 - a second to import; only who looks at pictures pays

    return openvino.Core()


def openvino_facts() -> tuple[str, str, frozenset[str]]:
    """(version, name of the CPU, what its arithmetic can do, such as BF16); empty where OpenVINO doesn't work."""
    try:
        import openvino  # noqa: PLC0415 - as above

        core = _core()
        capabilities = frozenset(core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"))
        return str(openvino.__version__), str(core.get_property("CPU", "FULL_DEVICE_NAME")), capabilities
    except (ImportError, OSError, RuntimeError):
        return "", "", frozenset()


class OpenVinoEngine:
    """A model compiled by OpenVINO for one size, with a stream of one thread for each inference side by side."""

    backend: Final = "openvino"

    def __init__(self, entry: ModelEntry, path: Path, size: Size, precision: Precision, parallel: int) -> None:
        core = _core()
        model = core.read_model(path)
        if entry.input.divisor or model.is_dynamic():
            told = {entry.input.sizes: [1, 2]} if entry.input.sizes else {}
            model.reshape({entry.input.name: list(entry.input.shape(*size)), **told})
        settings = {
            "INFERENCE_PRECISION_HINT": OPENVINO_TYPES[precision],
            "NUM_STREAMS": parallel,
            "INFERENCE_NUM_THREADS": parallel,
            "ENABLE_CPU_PINNING": False,  # other cameras' decoding shares the cores
        }
        self._compiled: openvino.CompiledModel = core.compile_model(model, "CPU", settings)
        self._outputs = {name: self._compiled.output(name) for name in entry.outputs}
        self._input = entry.input
        self.precision: Final = precision
        # Once by this thread alone: OpenVINO's binding sets itself up at its first inference, inside a guard that waits for
        # the interpreter's lock, so that two first ones at the same time would wait for each other for ever.
        self.request().infer(np.zeros(entry.input.shape(*size), np.float32))

    def request(self) -> Request:
        """A new infer request."""
        return _OpenVinoRequest(self._compiled.create_infer_request(), self._input, self._outputs)


class _OpenVinoRequest:
    def __init__(self, request: openvino.InferRequest, given: Input, outputs: dict[str, openvino.ConstOutput]) -> None:
        self._request = request
        self._given = given
        self._outputs = outputs

    def infer(self, array: Floats) -> dict[str, Floats]:
        results = self._request.infer(
            self._given.feed(array), share_inputs=True
        )  # it is done with them when it returns
        return {name: np.asarray(results[output], np.float32) for name, output in self._outputs.items()}


# --- ONNX Runtime -----------------------------------------------------------------------------------------------------


class OrtEngine:
    """A model run by ONNX Runtime with one thread; its session may be used by many threads at once."""

    backend: Final = "onnxruntime"
    precision: Final[Precision] = "f32"

    def __init__(self, entry: ModelEntry, path: Path) -> None:
        try:
            import onnxruntime  # noqa: PLC0415 - heavy, and needed only where OpenVINO isn't
            from onnxruntime.capi import onnxruntime_pybind11_state as state  # noqa: PLC0415 - as above
        except ImportError as error:
            raise ModelError("neither OpenVINO nor ONNX Runtime can be imported; install one of them") from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        try:
            session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        except (state.Fail, state.InvalidGraph, state.InvalidProtobuf, state.NotImplemented, RuntimeError) as error:
            raise ModelError(f"model {entry.name}: no engine can load {path}: {error}") from error
        self._session: onnxruntime.InferenceSession = session
        self._input, self._outputs = entry.input, tuple(entry.outputs)

    def request(self) -> Request:
        """A way to run it."""
        return _OrtRequest(self._session, self._input, self._outputs)


class _OrtRequest:
    def __init__(self, session: onnxruntime.InferenceSession, given: Input, outputs: tuple[str, ...]) -> None:
        self._session = session
        self._given = given
        self._outputs = outputs

    def infer(self, array: Floats) -> dict[str, Floats]:
        results = self._session.run(list(self._outputs), self._given.feed(array))
        return {name: np.asarray(result, np.float32) for name, result in zip(self._outputs, results, strict=True)}
