"""A model as an ONNX file: from pixels to probabilities, with what they mean."""

import json
from os import PathLike

from digitile import __version__
from digitile.contrast import LEAST, SQUARE
from digitile.extras import extra
from digitile.files import write_atomically
from digitile.model import Model
from digitile.nn.layer import shape_text
from digitile.nn.loss import HalfSquaredError
from digitile.nn.places import PlaceLoss
from digitile.nn.preprocess import MIDDLE, SPREAD
from digitile.reader.sight import STRIDE, UNIT, sees_pages


def save_onnx(model: Model, path: str | PathLike[str]) -> None:
    """Write a model as an ONNX file, atomically; the same model gives the same bytes.

    Parameters
    ----------
    path : path-like
        The folder must exist.

    Raises
    ------
    UsageError
        As `to_onnx`, and where the file cannot be written.
    """
    write_atomically(path, to_onnx(model))


def to_onnx(model: Model) -> bytes:
    """Return a model as the content of an ONNX file, opset 17.

    The graph computes `Model.scores`. Preprocessing and temperature are part of it.

    Its input is ``images``, uint8, N×C×H×W, with any N; H and W are free for a network that
    answers at each place, unless each pixel has a mean of its own.

    Its outputs are float32: ``probabilities``, N×classes, or N×classes×h×w of a network that
    answers at each place, which may have ``boxes``, N×4×h×w, too. A network that ends in
    ``squared`` has ``scores`` instead: its last values as they are.

    The metadata has the ``version`` of digitile, the ``network``, its ``temperature``, what the
    input and each output mean, and as JSON ``classes`` and ``about``.

    Raises
    ------
    SettingError
        For a layer or a loss that is not known here.
    ShapeError
        Where the network is too large once its tables of connections are filled with zeros.
    UsageError
        Where the package onnx is not installed.
    """
    with extra("onnx"):
        from onnx import helper

        from digitile.export.graph import network_model, sizes_are_free
    made = network_model(model.network, model.theta, model.preprocess, model.temperature)
    made.producer_name, made.producer_version = "digitile", __version__
    helper.set_model_props(
        made,
        {
            "version": __version__,
            "network": str(model.network),
            "temperature": repr(model.temperature),
            "classes": json.dumps(model.classes),
            "about": json.dumps(model.about, sort_keys=True, allow_nan=False),
            "input.images": _input(model, sizes_are_free(model.network, model.preprocess)),
            **{f"output.{name}": meaning for name, meaning in _outputs(model).items()},
        },
    )
    content: bytes = made.SerializeToString(deterministic=True)
    return content


def _input(model: Model, free: bool) -> str:
    """Say what the input is; `free` if pictures may have any size."""
    c, h, w = model.network.input_shape
    told = f"uint8, N×{shape_text((c, h, w))}: pixels from 0 to 255."
    if free:
        least = model.network.field_of_view
        told = (
            f"uint8, N×{c}×height×width, both {least} or more: pixels from 0 to 255. The network "
            f"was trained on pictures of {h}×{w}."
        )
    if model.preprocess.kind == "even":
        told += (
            " The contrast of a gray picture x has to be evened: "
            f"{MIDDLE:g} + {SPREAD:g}·(x − m)/(s + {LEAST:g}), clipped to 0 … 255 and cut to "
            "integers, where m and s are the mean and the standard deviation of the "
            f"{SQUARE}×{SQUARE} pixels around, mirrored beyond the edges without the edge's own "
            "(OpenCV's BORDER_REFLECT_101)."
        )
    return told


def _outputs(model: Model) -> dict[str, str]:
    """Say what each output is."""
    loss, count = model.network.loss, len(model.classes)
    if isinstance(loss, HalfSquaredError):
        near = f"near {loss.on:g} for the class and near {loss.off:g} for others"
        return {"scores": f"float32, N×{count}: the network's last values, {near}."}
    if not isinstance(loss, PlaceLoss):
        return {"probabilities": f"float32, N×{count}: how likely each of the classes is."}
    places = "how likely each of the classes is at each place; the last one is that no digit is."
    told = {"probabilities": f"float32, N×{count}×rows×columns: {places}"}
    if loss.box:
        told["boxes"] = "float32, N×4×rows×columns: four numbers for the box of what is there."
    if sees_pages(model):
        told["boxes"] += (
            f" Place (i, j) is at y = {STRIDE}·(i + 0.5), x = {STRIDE}·(j + 0.5), in pixels. Of "
            f"its numbers (a, b, c, d) the box has its middle at (x + {UNIT:g}·a, y + {UNIT:g}·b) "
            f"and is {UNIT:g}·exp(c) wide and {UNIT:g}·exp(d) high."
        )
    return told
