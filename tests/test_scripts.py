"""What the scripts make of models."""

import subprocess
import sys
from pathlib import Path

import numpy as np

from digitile.engines import make_engine
from digitile.model import Model, load_model, save_model
from digitile.nn import Network
from digitile.nn.init import Init
from digitile.nn.preprocess import Preprocess

SCRIPTS = Path(__file__).parents[1] / "scripts"


def test_a_grown_model_answers_as_before(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    network = Network.parse("1x8x8 - 4C3same - ReLU - 10N - softmax")
    one = np.ones((1, 1, 1), np.float32)
    theta = Init.parse("msra").draw(network, 0.1, rng)
    model = Model(network, theta, Preprocess("scale", 0 * one, one), tuple("0123456789"))
    given, out = tmp_path / "model.safetensors", tmp_path / "grown.safetensors"
    save_model(model, given)
    block = "+(4C3d2same - ReLU - 4C3same) - ReLU"
    words = [SCRIPTS / "grow_model.py", given, block, "10N", out]
    subprocess.run([sys.executable, *map(str, words)], check=True)
    grown = load_model(out)
    assert str(grown.network) == f"1x8x8 - 4C3same - ReLU - {block} - 10N - softmax"
    x = rng.normal(size=(3, 1, 8, 8)).astype(np.float32)
    before, after = (
        make_engine("reference", one.network).scores(one.theta, x) for one in (model, grown)
    )
    np.testing.assert_array_equal(before, after)
    assert np.count_nonzero(grown.theta) > np.count_nonzero(theta) + 100  # it can learn
