"""Runs a model on a graphics card, by ONNX Runtime's CUDA provider, the pictures of all cameras in batches.

Idea: networks are exported for one picture at a time, though nearly none of them cares. So the first dimension of a copy in memory is set free, two
different pictures are put through together and one by one, and when the answers are the same, cameras share batches (`pantau.see.batches`).

Source: ONNX Runtime, "CUDA Execution Provider". Limits: f32 only; the session falls back to the CPU silently where the driver is missing, and is therefore asked
where it runs. **Written and tested with the CPU in the card's place; never measured on a card yet.** Rejected: TensorRT (minutes to build an engine for each
input size, and cameras come in several), CUDA streams for each camera (batches bring more).
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import structlog

from pantau.errors import ModelError
from pantau.see.batches import MOST, Batches, Outputs
from pantau.types import Floats

if TYPE_CHECKING:
    import onnx
    import onnxruntime

    from pantau.see.registry import ModelEntry

Device = Literal["cpu", "cuda"]
DRIVER: Final = Path("/dev/nvidiactl")
"""There where a driver of a card is loaded."""
PACKAGE: Final = "onnxruntime-gpu"
CUDA: Final = "CUDAExecutionProvider"
log = structlog.get_logger(__name__)
CLOSE: Final = 1e-2
"""Answers of a batch may differ by so much of their range from those one by one."""


def device_of(setting: str, driver: Path = DRIVER, package: str = PACKAGE, provider: str = CUDA) -> Device:
    """What the setting ``see.device`` means here: ``auto`` is the card where its driver and `PACKAGE` are both there and it answers.

    A card that is there and does not answer (a driver that was updated under a running system, another CUDA or cuDNN than ONNX Runtime
    wants) is said, and ``auto`` goes on with the processor: a city that is slower sees more than one whose every camera waits for somebody.

    Raises:
        ModelError: ``cuda`` is asked for, and one of them is missing, or it does not answer.
    """
    if setting == "cpu":
        return "cpu"
    missing = [f"the driver ({driver})"] if not driver.exists() else []
    try:
        version(package)
    except PackageNotFoundError:
        missing.append(f"the package {package}")
    if missing and setting == "cuda":
        raise ModelError(
            f"see.device is cuda, and {' and '.join(missing)} is not there; install it, or say cpu or auto"
        )
    if missing:
        return "cpu"
    if not (trouble := _trouble(provider)):
        return "cuda"
    if setting == "cuda":
        raise ModelError(
            f"see.device is cuda, and the card does not answer: {trouble}; see that driver, CUDA and cuDNN fit {package}, or say cpu or auto"
        )
    log.warning("card.unused", reason=trouble, used="the processor")
    return "cpu"


def _trouble(provider: str) -> str:
    """What comes of one small convolution on the card; nothing where it works."""
    import onnx  # noqa: PLC0415  # heavy, and needed only where a card may be
    import onnxruntime  # noqa: PLC0415  # as above

    kernel = onnx.numpy_helper.from_array(np.ones((1, 3, 3, 3), np.float32), "kernel")
    given, told = (
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape)
        for name, shape in (("given", [1, 3, 8, 8]), ("told", [1, 1, 6, 6]))
    )
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("Conv", ["given", "kernel"], ["told"])], "one", [given], [told], [kernel]
    )
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 13)], ir_version=8)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # what fails is told
    try:
        session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=[provider])
        if (taken := session.get_providers()[0]) != provider:
            return f"ONNX Runtime took {taken} instead of {provider}"
        (sums,) = session.run(None, {"given": np.ones((1, 3, 8, 8), np.float32)})
    except Exception as error:  # noqa: BLE001  # its exceptions have no common parent that is public
        return str(error)[:200]
    return "" if np.allclose(sums, 27.0) else "it works out something else than the processor does"


class CudaEngine:
    """A model on a card, shared by all cameras.

    Args:
        entry: its registry entry.
        path: its ONNX file.
        size: (height, width) it is tried with.
        provider: of ONNX Runtime; another than `CUDA` in tests.

    Raises:
        ModelError: it can't be run there.
    """

    backend: Final = "cuda"
    precision: Final[Literal["f32"]] = "f32"

    def __init__(self, entry: ModelEntry, path: Path, size: tuple[int, int], provider: str = CUDA) -> None:
        if path.suffix == ".xml":
            raise ModelError(f"model {entry.name}: {path.name} is made for OpenVINO; a card needs its ONNX file")
        self._entry, self._path, self._provider = entry, path, provider
        self._session, most = self._opened(size)
        self.batches: Final = Batches(self._run, most)

    def request(self) -> Batches:
        """The one way to run it; every camera's picture goes the same way."""
        return self.batches

    def _opened(self, size: tuple[int, int]) -> tuple[onnxruntime.InferenceSession, int]:
        """A session that takes batches where the network does, and how many pictures each may have."""
        import onnx  # noqa: PLC0415  # heavy, and needed only here

        model = onnx.load(self._path)
        if not self._entry.input.sizes and freed(model, self._entry.input.name):
            shape = self._entry.input.shape(*size)
            pair = np.random.default_rng(0).uniform(0, 255, (2, *shape[1:])).astype(np.float32)
            try:
                session = self._new(model.SerializeToString())
                if alike(self._through(session, pair), [self._through(session, pair[n : n + 1]) for n in (0, 1)]):
                    return session, MOST
            except Exception as error:  # noqa: BLE001  # it does care: a fixed Reshape, say; ONNX Runtime's exceptions share no parent
                log.info("model.alone", model=self._entry.name, reason=str(error)[:200])
        return self._new(self._path.read_bytes()), 1

    def _new(self, content: bytes) -> onnxruntime.InferenceSession:
        import onnxruntime  # noqa: PLC0415  # as above

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4  # what fails is raised
        try:
            session = onnxruntime.InferenceSession(content, options, providers=[self._provider])
        except Exception as error:  # its exceptions have no common parent that is public
            raise ModelError(f"model {self._entry.name} can't be loaded on the card: {error}") from error
        if session.get_providers()[0] != self._provider:
            raise ModelError(
                f"model {self._entry.name}: expected it to run by {self._provider}, ONNX Runtime took {session.get_providers()[0]}; "
                "the driver, CUDA or cuDNN does not fit; say see.device = cpu to run without the card"
            )
        return session

    def _run(self, array: Floats) -> Outputs:
        return self._through(self._session, array)

    def _through(self, session: onnxruntime.InferenceSession, array: Floats) -> Outputs:
        names = tuple(self._entry.outputs)
        told = session.run(list(names), self._entry.input.feed(array))
        return {name: np.asarray(one, np.float32) for name, one in zip(names, told, strict=True)}


def freed(model: onnx.ModelProto, name: str) -> bool:
    """Set the first dimension of a network's input free, in place; whether it has that input."""
    for given in model.graph.input:
        if given.name == name:
            given.type.tensor_type.shape.dim[0].dim_param = "batch"
            for out in model.graph.output:
                out.type.tensor_type.ClearField("shape")
            del model.graph.value_info[:]  # what it said of shapes was for one picture
            return True
    return False


def alike(together: Outputs, apart: list[Outputs]) -> bool:
    """Whether a batch says of each picture what it says of it alone."""
    for name, values in together.items():
        expected = np.concatenate([one[name] for one in apart])
        if values.shape != expected.shape:
            return False
        if np.abs(values - expected).max(initial=0) > CLOSE * float(np.abs(expected).max(initial=0)) + 1e-6:
            return False
    return True
