"""ONNX Runtime computes what the model does, and the file says what it computes."""

import dataclasses
import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from digitile import __version__
from digitile.errors import SettingError, ShapeError, UsageError
from digitile.export import save_onnx, to_onnx
from digitile.model import Model, bundled_model, load_model
from digitile.nn import Network
from digitile.nn.activations import Activation, ReLU
from digitile.nn.init import Init
from digitile.nn.layer import Layer
from digitile.nn.linear import Linear
from digitile.nn.loss import ClassLoss, Loss, SoftmaxCrossEntropy
from digitile.nn.pool import PoolLayer
from digitile.nn.preprocess import KINDS, Preprocess

onnx = pytest.importorskip("onnx", reason="onnx is not installed")
onnxruntime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")

ROOT = Path(__file__).parents[2]
NETWORKS = (
    "1x12x12 - 6C3 - ReLU - MP2 - 16C3[lenet5] - tanh - TP3 - 8N - sigmoid - 5N - softmax",
    "2x12x11 - 3C3 - ReLU - MP3s2c - 4C3p1 - sigmoid - AP2c - 7N - tanh - 5N - softmax",
    "3x11x9 - 4C3s2full - leaky(0.1) - IP3s2c - tanhkx(0.13) - dropout(0.4) - 6N - squared(-1,1)",
    "1x13x13 - 3C4s2p5 - SP3s2c - tanh - SP2s3c - flatten - squared",
    "1x11x10 - 3C3same - TP2s3c - AP3s2c - leaky(1.5) - 4N - dropout(0.7) - softmax",
    "2x9x11 - 3C3s2same - ReLU - +(3C3d2same - ReLU - +(3C3d3same)) - flatten - softmax",
    "2x9x7 - 3C3d2[0;1;0.1] - MP2s3c - 4N - +(4N - tanh) - softmax",
)
PLACES = (
    "1x12x17 - 4C3s2same - +(ReLU - 4C3d2same) - MP3s2c - AP2s3c - 8C1 - focal(1.5)+box(0.5)",
    "2x14x13 - 4C3s2d2p3 - IP2s1 - SP2c - TP2s1c - dropout(0.5) - 3C1 - focal(0)",
)


def draw(network: Network, kind: str = "scale", temperature: float = 1.0) -> Model:
    """Return an untrained model."""
    rng = np.random.default_rng(4)
    theta = Init.parse("xavier").draw(network, 0.1, rng).astype(np.float32)
    preprocess = Preprocess.fit(kind, draw_images(9, *network.input_shape))
    classes = tuple(f"class {i}" for i in range(network.classes))
    return Model(network, theta, preprocess, classes, temperature=temperature)


def draw_images(*shape: int) -> NDArray[np.uint8]:
    return np.random.default_rng(sum(shape)).integers(0, 256, shape, dtype=np.uint8)


def session_of(content: bytes) -> Any:
    onnx.checker.check_model(content, full_check=True)  # the declared shapes, too
    return onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])


def check(model: Model, session: Any, *shape: int) -> None:
    """Compare the outputs for random pictures of a shape."""
    images = draw_images(*shape)
    sized = dataclasses.replace(model, network=model.network.at(*shape[2:]))
    got = np.concatenate(session.run(None, {"images": images}), axis=1)
    np.testing.assert_allclose(got, sized.scores(images), 1e-5, 1e-5)


@pytest.mark.parametrize("text", [*NETWORKS, *PLACES])
def test_every_layer(text: str) -> None:
    network = Network.parse(text)
    model = draw(network)
    session = session_of(to_onnx(model))
    for count in (1, 4):
        check(model, session, count, *network.input_shape)


def test_no_layer_is_missing_above() -> None:
    def kinds(base: type) -> set[type]:
        own = {base} if base.__module__.startswith("digitile.nn.") else set()
        return own.union(*map(kinds, base.__subclasses__()))

    concrete = {kind for kind in kinds(Layer) if not getattr(kind, "__abstractmethods__", None)}
    tested = {type(layer) for text in NETWORKS for layer in Network.parse(text).layers}
    assert tested == concrete


@pytest.mark.parametrize("text", PLACES)
def test_pictures_of_other_sizes(text: str) -> None:
    network = Network.parse(text)
    model = draw(network)
    session = session_of(to_onnx(model))
    least = network.field_of_view
    for more in range(7):
        check(model, session, 2, network.input_shape[0], least + more, least + 2 * more)


def test_the_bundled_model() -> None:
    model = load_model(bundled_model())
    assert model.temperature != 1
    session = session_of(to_onnx(model))
    check(model, session, 1, 1, 128, 192)
    check(model, session, 2, 1, model.network.field_of_view, 140)
    check(model, session, 1, 1, 131, 126)
    assert [(output.name, output.shape) for output in session.get_outputs()] == [
        ("probabilities", ["N", 15, "rows", "columns"]),
        ("boxes", ["N", 4, "rows", "columns"]),
    ]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", ["2x7x6 - 5N - softmax", "2x7x6 - 3C3 - focal(1)"])
def test_preprocessing_and_temperature(kind: str, text: str) -> None:
    model = draw(Network.parse(text), kind, temperature=1.7)
    session = session_of(to_onnx(model))
    check(model, session, 3, 2, 7, 6)
    (x,) = session.get_inputs()
    free = "focal" in text and kind not in ("standardize", "center")  # else a mean for each pixel
    assert (x.name, x.type) == ("images", "tensor(uint8)")
    assert x.shape == ["N", 2, *(["height", "width"] if free else [7, 6])]


POOL = st.builds(
    "{}{}s{}{}".format,
    st.sampled_from(["MP", "AP", "IP", "SP", "TP"]),
    st.integers(1, 4),
    st.integers(1, 5),
    st.sampled_from(["", "c"]),
)
CONV = st.builds(
    "{}C{}s{}d{}p{}".format, *(st.integers(1, most) for most in (4, 4, 3, 3)), st.integers(0, 5)
)


@settings(max_examples=40, deadline=None)
@given(
    sizes=st.tuples(st.integers(1, 3), st.integers(1, 16), st.integers(1, 16)),
    layers=st.lists(st.one_of(POOL, CONV, st.sampled_from(["ReLU", "tanh"])), max_size=4),
    places=st.booleans(),
)
def test_any_network(sizes: tuple[int, int, int], layers: list[str], places: bool) -> None:
    end = ["3C1", "focal(1)"] if places else ["3N", "softmax"]
    text = " - ".join(["x".join(map(str, sizes)), *layers, *end])
    try:
        model = draw(Network.parse(text))
    except ShapeError:
        return
    session = session_of(to_onnx(model))
    check(model, session, 2, *sizes)
    if places:
        least = model.network.field_of_view
        check(model, session, 1, sizes[0], least + sizes[1], least + sizes[2])


def test_metadata() -> None:
    network = Network.parse("1x6x6 - 3N - softmax")
    classes, about = ("a", "数字", "\ud800"), {"seed": 3, "data": "数字"}
    model = dataclasses.replace(draw(network), classes=classes, about=about, temperature=2.5)
    session = session_of(to_onnx(model))
    metadata = session.get_modelmeta().custom_metadata_map
    assert metadata["version"] == __version__
    assert session.get_modelmeta().producer_name == "digitile"
    assert Network.parse(metadata["network"]) == network
    assert float(metadata["temperature"]) == 2.5
    assert tuple(json.loads(metadata["classes"])) == classes
    assert json.loads(metadata["about"]) == about
    assert "uint8, N×1×6×6" in metadata["input.images"]
    assert "evened" not in metadata["input.images"]
    assert "N×3" in metadata["output.probabilities"]


def test_metadata_of_other_ends() -> None:
    squared = draw(Network.parse("1x6x6 - 3N - squared(-1,1)"))
    told = session_of(to_onnx(squared)).get_modelmeta().custom_metadata_map
    assert "near 1 for the class and near -1 for others" in told["output.scores"]
    assert "output.probabilities" not in told
    told = session_of(to_onnx(draw(Network.parse(PLACES[0])))).get_modelmeta().custom_metadata_map
    assert "four numbers" in told["output.boxes"]
    assert "exp" not in told["output.boxes"]  # digitile train reader's boxes only
    pages = session_of(to_onnx(load_model(bundled_model()))).get_modelmeta().custom_metadata_map
    assert "125 or more" in pages["input.images"]
    assert "128 + 40·(x − m)/(s + 6)" in pages["input.images"]
    assert "16·exp(c) wide" in pages["output.boxes"]


def test_the_example_in_the_docs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "docs/reading.md").read_text("utf-8"), re.S)
    (code,) = (block for block in blocks if "onnxruntime" in block)
    monkeypatch.chdir(tmp_path)
    shutil.copy(ROOT / "examples/phone-01614960374.jpg", "photo.jpg")
    save_onnx(load_model(bundled_model()), Path("digits.onnx"))
    exec(code, {})
    lines = capsys.readouterr().out.splitlines()
    assert "".join(line.split()[0] for line in lines) == "01614960374"


class Cube(Activation):
    """A layer of somebody else."""

    kind = "cube"
    forward, backward = ReLU.forward, ReLU.backward  # type: ignore[assignment]


class MedianPool(PoolLayer):
    """A pooling of somebody else."""

    letters = "DP"
    forward, backward = ReLU.forward, ReLU.backward  # type: ignore[assignment]


@pytest.mark.parametrize(("layer", "named"), [(Cube(), "cube1, cube"), (MedianPool(2, 2), "DP2")])
def test_other_layers_are_named(layer: Layer, named: str) -> None:
    model = draw(Network((1, 6, 6), (layer, Linear(3)), SoftmaxCrossEntropy()))
    with pytest.raises(SettingError, match=named):
        to_onnx(model)


def test_other_losses_are_named() -> None:
    methods = dict.fromkeys(ClassLoss.__abstractmethods__, lambda _: "absolute")
    loss: Loss = type("Absolute", (ClassLoss,), methods)()
    model = draw(Network((1, 6, 6), (Linear(3),), loss))
    with pytest.raises(SettingError, match="absolute"):
        to_onnx(model)


def test_a_table_too_large_to_fill() -> None:
    table = ";".join(["0"] * 9000)  # 9,000 kernels, but 81 million with those that are zero
    model = draw(Network.parse(f"9000x1x1 - 9000C1[{table}] - 2N - softmax"))
    with pytest.raises(ShapeError, match="with zeros where its tables have no connection"):
        to_onnx(model)


def test_without_onnx(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    monkeypatch.delitem(sys.modules, "digitile.export.graph", raising=False)
    with pytest.raises(UsageError, match=r"onnx is missing.*pip install 'digitile\[onnx\]'"):
        to_onnx(draw(Network.parse(NETWORKS[0])))


def test_files(tmp_path: Path) -> None:
    model = draw(Network.parse(NETWORKS[0]))
    for name in ("one", "other"):
        save_onnx(model, tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes() == to_onnx(model)
    assert {path.name for path in tmp_path.iterdir()} == {"one", "other"}
    with pytest.raises(UsageError, match="cannot write"):
        save_onnx(model, tmp_path / "no" / "folder")
