"""Pictures moved on the device are those that OpenCV moves, and training does not see where."""

import json
from pathlib import Path

import numpy as np
import pytest

jax = pytest.importorskip("jax", reason="JAX is not installed (pip install 'digitile[xla]')")

from digitile.data.augment import Augment
from digitile.engines.xla.moving import moved
from tests.training.test_run import SETTINGS, go, job

EVERYTHING = "shift(3) flip rotate(20) scale(0.3) shear(0.4)"


@pytest.mark.parametrize("text", ["shift(2)", "flip", "rotate(10)", "scale(2)", EVERYTHING])
@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 32, 32), (1, 9, 14)])
def test_pictures_are_those_of_opencv(text: str, shape: tuple[int, int, int]) -> None:
    """OpenCV 5 rounds halves otherwise; before it, places were counted in 1/32 of a pixel."""
    rng, augment = np.random.default_rng(0), Augment.parse(text)
    images = rng.integers(0, 256, (64, *shape), dtype=np.uint8)
    drawn = augment.draw(rng, 64, *shape[1:])
    expected = augment.apply(images, drawn).astype(int)
    found = np.asarray(jax.jit(moved)(images, drawn.back(*shape[1:])))
    assert found.dtype == np.uint8
    if text in ("shift(2)", "flip"):
        np.testing.assert_array_equal(found, expected)
    assert np.abs(found - expected).max() <= 255 * 2 / 32
    assert np.abs(found - expected).mean() < 1


def test_what_comes_in_from_far_outside_is_0() -> None:
    images = np.full((1, 1, 5, 7), 200, np.uint8)
    far = np.array([[[1, 0, 1e6], [0, 1, -1e6]]], np.float32)
    assert not np.asarray(moved(images, far)).any()


@pytest.mark.parametrize("augment", ["shift(1) rotate(5)", "elastic(0.5,3)"])
def test_a_training_is_that_of_the_reference(tmp_path: Path, augment: str) -> None:
    histories, settings = [], SETTINGS.override([f"augment={augment}"])
    for engine in ("xla", "reference"):
        it = job(tmp_path / f"{engine}.safetensors", settings, engine=engine)
        go(it)
        histories.append([json.loads(line) for line in it.history.read_text().splitlines()])
    for own, truth in zip(*histories, strict=True):
        assert own["loss"] == pytest.approx(truth["loss"], rel=0.02, abs=0.02)
