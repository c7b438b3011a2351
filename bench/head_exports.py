"""Real exports of the usual detectors' architectures, and what their own code finds in a picture: for `bench.heads`.

It is run by the Python of a venv of the bench's own (torch, transformers, ultralytics: 5 GB, and AGPL in one case), which is
why it imports nothing of Pantau: ``python bench/head_exports.py PICTURE FOLDER [WEIGHTS.pt]``. For each family it leaves
``model.onnx`` and ``reference.npz`` (what its network was given; xyxy in pixels of the picture, confidence, label) in a folder of its
own. The reference is made by each project's own preparation of the picture, its own network in PyTorch and its own reading of
the output, with suppression switched off: the whole way from a picture to boxes, by somebody else's code.

Weights are random. The last layers' are spread out, so that scores differ and boxes are not all the same.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

SIZE = 640
MOST = 300


def spread(layer: Any, by: float) -> None:
    """Give a layer weights whose outputs differ."""
    with torch.no_grad():
        torch.nn.init.normal_(layer.weight, 0, by)
        if layer.bias is not None:
            torch.nn.init.normal_(layer.bias, 0, 0.5)


def export(
    module: Any, example: tuple[Any, ...], path: Path, names: tuple[list[str], list[str]], *, free: bool
) -> None:
    """Write an ONNX file, with free height and width where asked."""
    axes = {names[0][0]: {2: "height", 3: "width"}} if free else None
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(
        module,
        example,
        str(path),
        input_names=names[0],
        output_names=names[1],
        dynamic_axes=axes,
        opset_version=17,
        dynamo=False,
    )


def keep(folder: Path, given: Any, xyxy: Any, confidence: Any, label: Any) -> None:
    """Write the reference."""
    np.savez(
        folder / "reference.npz",
        xyxy=np.asarray(xyxy, np.float32),
        confidence=np.asarray(confidence, np.float32),
        label=np.asarray(label, np.int64),
        given=np.asarray(given, np.float32),
    )


# --- YOLOX: Apache-2.0, from pixeltable-yolox ---------------------------------------------------------------------------


def yolox(picture: Path, out: Path) -> None:
    """YOLOX-tiny: raw with free height and width, and decoded at a fixed size."""
    from yolox.data.data_augment import preproc
    from yolox.models.yolo_head import YoloxHead
    from yolox.models.yolo_pafpn import YoloPafpn
    from yolox.models.yolox import YoloxModule
    from yolox.utils.boxes import postprocess

    model = YoloxModule(YoloPafpn(0.33, 0.375), YoloxHead(80, 0.375)).eval()
    for kind, by in (("cls_preds", 0.3), ("obj_preds", 0.3), ("reg_preds", 0.05)):
        for layer in getattr(model.head, kind):
            spread(layer, by)
    image = np.asarray(cv2.imread(str(picture)))
    padded, ratio = preproc(image, (SIZE, SIZE))
    tensor = torch.from_numpy(padded)[None].float()
    with torch.no_grad():
        rows = postprocess(model(tensor), 80, 0.0, 1.0)[0].numpy()
    score = rows[:, 4] * rows[:, 5]
    rows, score = rows[np.argsort(-score)[:MOST]], np.sort(score)[::-1][:MOST]
    for kind, free in (("yolox", True), ("yolox-decoded", False)):
        model.head.decode_in_inference = not free
        export(model, (tensor,), out / kind / "model.onnx", (["images"], ["output"]), free=free)
        keep(out / kind, tensor, rows[:, :4] / ratio, score, rows[:, 6])


# --- YOLOv8, YOLO11, YOLO26: AGPL-3.0, run as their user would ------------------------------------------------------------


def ultralytics(picture: Path, out: Path, weights: Path | None) -> None:
    """YOLOv8n with free height and width, YOLO11n, and YOLO11n that suppresses in its graph; trained ones where they are given."""
    from ultralytics import YOLO

    for kind, what, free, nms in (
        ("yolov8", "yolov8n.yaml", True, False),
        ("yolo11", "yolo11n.yaml", False, False),
        ("yolo11-nms", "yolo11n.yaml", False, True),
    ):
        model = YOLO(what)
        for branch in model.model.model[-1].cv3:
            spread(branch[-1], 0.2)
        _ultralytics(model, picture, out / kind, free=free, nms=nms)
    if weights is not None:
        _ultralytics(YOLO(str(weights)), picture, out / "yolov8-trained", free=True, nms=False)


def _ultralytics(model: Any, picture: Path, folder: Path, *, free: bool, nms: bool) -> None:
    from ultralytics import YOLO

    folder.mkdir(parents=True, exist_ok=True)
    model.save(str(folder / "model.pt"))
    again = YOLO(str(folder / "model.pt"))
    asked = {"conf": 0.001, "iou": 0.7 if nms else 1.0, "max_det": MOST, "imgsz": SIZE}
    found = again.predict(str(picture), **asked, rect=free, verbose=False)[0]
    given = again.predictor.preprocess([np.asarray(cv2.imread(str(picture)))])
    boxes = found.boxes
    keep(folder, given, boxes.xyxy.numpy(), boxes.conf.numpy(), boxes.cls.numpy())
    more = {"nms": True, **asked} if nms else {}
    again.export(**{"format": "onnx", "imgsz": SIZE, "dynamic": free, "simplify": False, "verbose": False, **more})
    (folder / "model.pt").unlink()


# --- RT-DETR and D-FINE: Apache-2.0, from transformers --------------------------------------------------------------------


class Outputs(torch.nn.Module):
    """Logits and boxes, as exporters of transformers' models give them."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(self, pixel_values: Any) -> Any:
        """(1, Q, C) logits and (1, Q, 4) centres and sizes as fractions."""
        out = self.model(pixel_values=pixel_values)
        return out.logits, out.pred_boxes


class Deployed(Outputs):
    """Labels, boxes and scores for a size, as the models' own repositories export them for deployment."""

    def forward(self, images: Any, orig_target_sizes: Any) -> Any:
        """The `MOST` best pairs of query and class."""
        logits, boxes = super().forward(images)
        classes = logits.shape[2]
        scores, at = torch.topk(logits.sigmoid().flatten(1), MOST, dim=1)
        half = boxes[..., 2:] / 2
        corners = (
            torch.cat([boxes[..., :2] - half, boxes[..., :2] + half], -1) * orig_target_sizes.repeat(1, 2)[:, None]
        )
        query = (at // classes)[..., None].repeat(1, 1, 4)
        return at % classes, corners.gather(1, query), scores


def untie(model: Any, pixels: Any) -> None:
    """Let the encoder's cells differ: a random one gives nearly the same everywhere, and which cells are chosen would be chance."""
    seen: list[Any] = []
    layer = model.model.enc_output[0]
    hook = layer.register_forward_hook(lambda _layer, given, _out: seen.append(given[0]))
    with torch.no_grad():
        model(pixel_values=pixels)
        hook.remove()
        rows = seen[0][0]
        layer.weight /= ((rows - rows.mean(dim=0)) @ layer.weight.T).std()
        layer.bias.copy_(-(layer.weight @ rows.mean(dim=0)))


def transformers(picture: Path, out: Path) -> None:
    """RT-DETR (18 layers) and D-FINE, as outputs and as deployed."""
    from PIL import Image
    from transformers import (
        DFineConfig,
        DFineForObjectDetection,
        RTDetrConfig,
        RTDetrForObjectDetection,
        RTDetrImageProcessor,
        RTDetrResNetConfig,
    )

    small = RTDetrResNetConfig(
        layer_type="basic",
        depths=[2, 2, 2, 2],
        hidden_sizes=[64, 128, 256, 512],
        out_features=["stage2", "stage3", "stage4"],
    )
    rtdetr = RTDetrConfig(backbone_config=small, encoder_in_channels=[128, 256, 512], decoder_layers=3, num_labels=80)
    dfine = DFineConfig(decoder_layers=3, num_labels=80)
    processor = RTDetrImageProcessor()
    image = Image.open(picture).convert("RGB")
    pixels = processor(images=image, return_tensors="pt")["pixel_values"]
    for kind, model in (("rtdetr", RTDetrForObjectDetection(rtdetr)), ("dfine", DFineForObjectDetection(dfine))):
        model.eval()
        for name, layer in model.named_modules():
            if isinstance(layer, torch.nn.Conv2d):  # as they come, they fade to one value, and all cells are tied
                torch.nn.init.kaiming_normal_(layer.weight)
            if isinstance(layer, torch.nn.Linear) and ("class_embed" in name or "enc_score_head" in name):
                spread(layer, 0.1)
        untie(model, pixels)
        with torch.no_grad():
            found = processor.post_process_object_detection(
                model(pixel_values=pixels), threshold=0.0, target_sizes=[(image.height, image.width)]
            )[0]
        found = {name: values[:MOST].numpy() for name, values in found.items()}
        export(
            Outputs(model).eval(),
            (pixels,),
            out / kind / "model.onnx",
            (["pixel_values"], ["logits", "pred_boxes"]),
            free=False,
        )
        keep(out / kind, pixels, found["boxes"], found["scores"], found["labels"])
        deployed = (["images", "orig_target_sizes"], ["labels", "boxes", "scores"])
        export(
            Deployed(model).eval(),
            (pixels, torch.tensor([[SIZE, SIZE]])),
            out / f"{kind}-deployed" / "model.onnx",
            deployed,
            free=False,
        )
        keep(out / f"{kind}-deployed", pixels, found["boxes"], found["scores"], found["labels"])


def main() -> None:
    """Export all; a family that can't be is said on stderr, and the others go on."""
    picture, out = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    weights = Path(sys.argv[3]).resolve() if len(sys.argv) > 3 else None
    families: list[tuple[str, Callable[[], None]]] = [
        ("yolox", lambda: yolox(picture, out)),
        ("ultralytics", lambda: ultralytics(picture, out, weights)),
        ("transformers", lambda: transformers(picture, out)),
    ]
    for name, make in families:
        torch.manual_seed(7)
        try:
            make()
        except Exception as error:  # a project of others may change any day
            print(f"{name}: can't be exported here: {type(error).__name__}: {error}", file=sys.stderr)


if __name__ == "__main__":
    main()
