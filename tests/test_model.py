"""Model files: what goes in comes out, and nothing else is believed."""

import dataclasses
import json
import pickle
import re
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import safetensors.numpy
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from digitile.errors import ModelFileError, ShapeError
from digitile.model import (
    LineTrust,
    Model,
    bundled_model,
    load_model,
    pack,
    read_file,
    save_model,
    unpack,
    write_file,
)
from digitile.nn import Network
from digitile.nn.init import Init
from digitile.nn.preprocess import Preprocess
from digitile.reader.sight import check_model

NETWORK = Network.parse("1x6x6 - 2C3 - MP2 - 3N - softmax")


@pytest.fixture
def model() -> Model:
    rng = np.random.default_rng(6)
    images = rng.integers(0, 256, (9, 1, 6, 6), dtype=np.uint8)
    theta = Init().draw(NETWORK, 0.5, rng)
    preprocess = Preprocess.fit("standardize", images)
    return Model(NETWORK, theta, preprocess, ("a", "b", "数字"), {"seed": 3})


@pytest.fixture
def path(model: Model, tmp_path: Path) -> Path:
    path = tmp_path / "model.safetensors"
    save_model(model, path)
    return path


def test_round_trip(model: Model, path: Path) -> None:
    back = load_model(path)
    assert back.network == model.network
    assert back.classes == model.classes
    assert back.about == model.about
    assert back.preprocess.kind == "standardize"
    np.testing.assert_array_equal(back.theta, model.theta)
    images = np.random.default_rng(0).integers(0, 256, (4, 1, 6, 6), dtype=np.uint8)
    np.testing.assert_array_equal(back.scores(images), model.scores(images))


def test_same_model_same_bytes(model: Model, path: Path, tmp_path: Path) -> None:
    save_model(model, tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == path.read_bytes()


RATES = ((0.0, 0.02, 1.0), (0.9, 0.001, 0.95), (0.99, 0.002, 0.5))


def test_temperature_and_error_rates(model: Model, tmp_path: Path) -> None:
    """Scores are softmax(z/T): warmer ones are flatter, and none changes its place."""
    path = tmp_path / "warm"
    save_model(dataclasses.replace(model, temperature=2.0, error_rates=RATES), path)
    warm = load_model(path)
    assert (warm.temperature, warm.error_rates) == (2.0, RATES)
    images = np.random.default_rng(0).integers(0, 256, (4, 1, 6, 6), dtype=np.uint8)
    scores, roots = warm.scores(images), np.sqrt(model.scores(images))
    np.testing.assert_allclose(scores, roots / roots.sum(axis=1, keepdims=True), rtol=1e-5)
    assert warm.least_confidence(0.02) == 0.0
    assert warm.least_confidence(0.0015) == 0.9
    assert warm.least_confidence(0.0001) is None
    assert model.least_confidence(1) is None


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"temperature": 0}, r">= 0.01 - at `\$.temperature`"),
        ({"temperature": -1.0}, ">= 0.01"),
        ({"temperature": "hot"}, "expected `float`, got `str`"),
        ({"temperature": None}, "expected `float`, got `null`"),
        ({"temperature": 2, "network": "1x6x6 - 2C3 - MP2 - 3N - squared"}, "has a temperature"),
        ({"error_rates": {}}, "expected `array`, got `object`"),
        ({"error_rates": [1]}, "expected `array`, got `int`"),
        ({"error_rates": [[0.5, 0.1]]}, "`array` of length 3"),
        ({"error_rates": [[0.5, 0.1, "all"]]}, "expected `float`, got `str`"),
        ({"error_rates": [[0.5, 0.1, 1.1]]}, "<= 1.0"),
        ({"error_rates": [[0.5, 0.1, 1], [0.5, 0.1, 1]]}, "do not ascend"),
    ],
)
def test_wrong_temperature_or_error_rates(model: Model, wrong: dict[str, Any], words: str) -> None:
    tensors, header = pack(model)
    with pytest.raises(ModelFileError, match=words):
        unpack(Path("x"), tensors, {**header, **wrong})


TRUST = LineTrust(0.7, 0.5, 0.8, 0.4, -0.3, 0.6, 0.9, -1.5, 12, 8.0, 50.0)
NUMBERS = msgspec.structs.asdict(TRUST)


def test_trust_in_lines(model: Model, tmp_path: Path) -> None:
    save_model(dataclasses.replace(model, line_trust=TRUST), tmp_path / "trusted")
    assert load_model(tmp_path / "trusted").line_trust == TRUST
    assert load_model(tmp_path / "trusted").error_rates == ()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (7, "expected `object"),
        ({}, "missing required field `missed`"),
        ({**NUMBERS, "text": "high"}, r"got `str` - at `\$.line_trust.text`"),
        ({**NUMBERS, "text": float("nan")}, r"at `\$.line_trust.text`"),
        ({**NUMBERS, "most_height": float("inf")}, r"at `\$.line_trust.most_height`"),
        ({**NUMBERS, "most_digits": 0}, ">= 1"),
        ({**NUMBERS, "least_height": 60}, "60.0 is above 50.0"),
        ({**NUMBERS, "more": 1}, "unknown field `more`"),
    ],
)
def test_wrong_trust_in_lines(model: Model, wrong: Any, words: str) -> None:
    tensors, header = pack(model)
    with pytest.raises(ModelFileError, match=words):
        unpack(Path("x"), tensors, {**header, "line_trust": wrong})


def test_a_network_of_places_has_a_temperature() -> None:
    """Class maps are softmax(z/T); box maps are left alone."""
    network = Network.parse("1x8x8 - 7C3same - focal(1)+box(0.1)")
    theta = np.random.default_rng(0).normal(0, 1, network.arena.size).astype(np.float32)
    preprocess = Preprocess.fit("scale", np.empty((0, 1, 1, 1), np.uint8))
    plain = Model(network, theta, preprocess, ("a", "b", "none"))
    images = np.random.default_rng(0).integers(0, 256, (2, 1, 8, 8), dtype=np.uint8)
    warm, scores = dataclasses.replace(plain, temperature=2.0).scores(images), plain.scores(images)
    roots = np.sqrt(scores[:, :3])
    np.testing.assert_allclose(warm[:, :3], roots / roots.sum(axis=1, keepdims=True), rtol=1e-5)
    np.testing.assert_array_equal(warm[:, 3:], scores[:, 3:])


def test_a_file_without_them(model: Model) -> None:
    tensors, header = pack(model)
    older = {key: header[key] for key in ("network", "preprocess", "classes", "about")}
    back = unpack(Path("x"), tensors, older)
    assert (back.temperature, back.error_rates) == (1.0, ())


def test_the_format_is_plain_safetensors(model: Model, path: Path) -> None:
    tensors = safetensors.numpy.load(path.read_bytes())
    np.testing.assert_array_equal(tensors["conv1.w"], model.theta[:18].reshape(2, 1, 3, 3))
    assert set(tensors) == {
        "conv1.w", "conv1.b", "linear1.w", "linear1.b", "preprocess.shift", "preprocess.scale",
    }  # fmt: skip


def test_arrays_that_are_not_contiguous_are_written_in_order(tmp_path: Path) -> None:
    tensor = np.arange(12, dtype=np.float32).reshape(3, 4).T
    write_file(tmp_path / "t", {"t": tensor}, {})
    np.testing.assert_array_equal(read_file(tmp_path / "t")[0]["t"], tensor)


def test_wrong_pictures(model: Model) -> None:
    with pytest.raises(ShapeError, match="1×6×6, but gets 1×6×7"):
        model.scores(np.zeros((1, 1, 6, 7), np.uint8))


@settings(
    max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(st.data())
def test_any_flipped_bit_is_noticed(path: Path, data: st.DataObject) -> None:
    content = bytearray(path.read_bytes())
    bit = data.draw(st.integers(0, 8 * len(content) - 1))
    # \\u5b57 and \\u5B57 are the same sign
    escaped = any(m.start() <= bit // 8 < m.end() for m in re.finditer(rb"\\u[0-9a-f]{4}", content))
    assume(not (escaped and bit % 8 == 5))
    content[bit // 8] ^= 1 << bit % 8
    flipped = path.with_name("flipped")
    flipped.write_bytes(content)
    with pytest.raises(ModelFileError, match="flipped"):
        load_model(flipped)


@settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(st.data())
def test_any_truncation_is_noticed(path: Path, data: st.DataObject) -> None:
    content = path.read_bytes()
    short = path.with_name("short")
    short.write_bytes(content[: data.draw(st.integers(0, len(content) - 1))])
    with pytest.raises(ModelFileError, match="short"):
        load_model(short)


@settings(
    max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(st.binary(max_size=300))
def test_garbage(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "garbage").write_bytes(content)
    with pytest.raises(ModelFileError):
        load_model(tmp_path / "garbage")


def test_files_that_are_no_models(tmp_path: Path) -> None:
    cases: dict[str, bytes] = {
        "empty.safetensors": b"",
        "pickle.safetensors": pickle.dumps({"w": [1.0] * 1000}),
        "huge-header.safetensors": (1 << 60).to_bytes(8, "little") + b"{}",
        "deep.safetensors": (200_000).to_bytes(8, "little") + b"[" * 200_000,
        "list.safetensors": (2).to_bytes(8, "little") + b"[]",
        "foreign.safetensors": safetensors.numpy.save({"w": np.zeros(3, np.float32)}),
        "half.safetensors": safetensors.numpy.save(
            {"w": np.zeros(3, np.float16)}, {"digitile": "{}"}
        ),
        "infinite.safetensors": safetensors.numpy.save(
            {}, {"digitile": '{"format": 1, "digest": "0", "more": Infinity}'}
        ),
        "unsigned.safetensors": safetensors.numpy.save({}, {"digitile": '{"format": 1}'}),
        "no-object.safetensors": safetensors.numpy.save({}, {"digitile": "[]"}),
        "nothing.safetensors": safetensors.numpy.save({}, {"digitile": "{}"}),
    }
    for name, content in cases.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ModelFileError, match=name) as caught:
            load_model(tmp_path / name)
        assert "\n" not in str(caught.value)
    with pytest.raises(ModelFileError, match="is not a file"):
        load_model(tmp_path)
    with pytest.raises(ModelFileError, match="does not exist"):
        load_model(tmp_path / "none")


def change(path: Path, model: Model, header: dict[str, Any], **tensors: Any) -> Path:
    """Write a file that is whole and signed, but says something else than a model would."""
    own, about = pack(model)
    write_file(path, {**own, **tensors}, {**about, **header})
    return path


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ({"network": "1x6x6 - 2C9 - 3N - softmax"}, "header does not describe"),
        ({"network": "1x6x6 - 2C3 - MP2 - 4N - softmax"}, "3 classes, but the network has 4"),
        ({"network": "1x6x6 - 3C3 - MP2 - 3N - softmax"}, "conv1.w is 2×1×3×3, but .* 3×1×3×3"),
        ({"network": "1x9000x9000 - 900C3 - 3N - softmax"}, "values"),
        ({"network": 7}, r"header does not describe a model: .* at `\$.network`"),
        ({"classes": ["a", "b"]}, "2 classes, but the network has 3"),
        ({"classes": [1, 2, 3]}, "expected `str`, got `int`"),
        ({"preprocess": "whiten"}, "invalid enum value 'whiten'"),
        ({"about": []}, "expected `object`, got `array`"),
    ],
)
def test_whole_files_that_do_not_fit(
    model: Model, tmp_path: Path, header: dict[str, Any], words: str
) -> None:
    with pytest.raises(ModelFileError, match=words):
        load_model(change(tmp_path / "m", model, header))


def test_values_that_are_not_finite_and_missing_tensors(model: Model, tmp_path: Path) -> None:
    bad = np.full((3, 8), np.nan, np.float32)
    with pytest.raises(ModelFileError, match=r"linear1.w holds values that are not finite"):
        load_model(change(tmp_path / "m", model, {}, **{"linear1.w": bad}))
    tensors, header = pack(model)
    del tensors["conv1.b"]
    write_file(tmp_path / "m", tensors, header)
    with pytest.raises(ModelFileError, match=r"conv1.b is missing"):
        load_model(tmp_path / "m")


def test_a_newer_format_says_update(model: Model, path: Path, tmp_path: Path) -> None:
    tensors, header = read_file(path)
    header["format"] = 2
    text = json.dumps({**header, "digest": "0"})
    newer = tmp_path / "newer"
    newer.write_bytes(safetensors.numpy.save(tensors, {"digitile": text}))
    with pytest.raises(ModelFileError, match="newer than this digitile reads"):
        load_model(newer)


def test_unpack_leaves_other_tensors_alone(model: Model) -> None:
    tensors, header = pack(model)
    tensors["state.velocity"] = np.zeros(5, np.float32)
    np.testing.assert_array_equal(unpack(Path("x"), tensors, header).theta, model.theta)


def test_the_bundled_model_is_small_whole_and_says_how_it_was_made() -> None:
    assert bundled_model().stat().st_size < 2_000_000
    model = load_model(bundled_model())
    check_model(model)
    assert model.about["settings"]["network"] == str(model.network)
    assert model.about["data"]["name"] == "scenes"
