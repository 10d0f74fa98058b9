"""What is seen inside a network: by hand, and the same after a stop."""

from pathlib import Path

import numpy as np
import pytest

from digitile.engines import ReferenceEngine
from digitile.inspect.watch import POINTS, Watcher, measure, read
from digitile.nn.network import Network
from digitile.training.loop import Trainer
from tests.training.quadrants import SETTINGS
from tests.training.quadrants import parts as parts_of


def test_saturated_and_dead_by_hand() -> None:
    network = Network.parse("1x1x1 - 4N - tanh - 2N - ReLU - 2N - softmax")
    theta = np.zeros(network.arena.size)
    p = network.arena.views(theta)
    p[0]["w"].flat = [1, 1, 1, 1]
    p[0]["b"][:] = [0, 1, 3, -3]  # 1 − tanh² at 0, 1, ±3: 1, 0.42, 0.0099: two of four below 0.05
    p[2]["b"][:] = [1, -1]  # the second answers nothing
    x = np.zeros((3, 1, 1, 1))
    seen = measure(network, theta, x, np.array([0, 1, 0]), [None] * 5)
    assert seen["saturated/tanh1"] == 0.5
    assert seen["dead/relu1"] == 0.5
    assert "saturated/relu1" not in seen


def test_a_map_is_dead_where_it_answers_nowhere() -> None:
    network = Network.parse("1x4x4 - 2C3 - ReLU - 2N - softmax")
    theta = np.zeros(network.arena.size)
    p = network.arena.views(theta)
    p[0]["w"][0, 0, 0, 0] = 1.0
    p[0]["b"][:] = [0, -1]
    x = np.zeros((2, 1, 4, 4))
    x[1, 0, 0, 0] = 1.0  # the first map answers at one place of one picture
    seen = measure(network, theta, x, np.array([0, 1]), [None] * 3)
    assert seen["dead/relu1"] == 0.5


def test_gradients_are_the_engines() -> None:
    network = Network.parse(SETTINGS.network)
    rng = np.random.default_rng(0)
    theta = rng.normal(0, 0.3, network.arena.size)
    x, labels = rng.normal(0, 1, (6, 1, 8, 8)), rng.integers(0, 4, 6)
    noise = network.draw(rng, 6)
    seen = measure(network, theta, x, labels, noise)
    step = ReferenceEngine(network, np.float64).gradient(theta, x, labels, noise)
    for name, own in network.arena.named(step.gradient).items():
        if name.endswith(".w"):
            length = seen[f"gradient/{name.removesuffix('.w')}"]
            assert length == pytest.approx(float(np.linalg.norm(own)))


def watch(path: Path, stop_at: int, trainer: Trainer) -> Watcher:
    watcher = Watcher(path)
    watcher.on_start(trainer)
    for records in trainer.run(watcher.every):
        for record in records:
            watcher.on_step(record)
        if records[-1].iteration == stop_at:
            break
    return watcher


def test_watching_goes_on_after_a_stop_and_changes_nothing(tmp_path: Path) -> None:
    def fresh() -> Trainer:
        return Trainer(SETTINGS, parts_of(SETTINGS, 3), "reference", 3)

    whole, parts, alone = fresh(), fresh(), fresh()
    watcher = watch(tmp_path / "whole", -1, whole)
    looks = read(tmp_path / "whole")
    assert [look["iteration"] for look in looks] == list(range(0, whole.total + 1, watcher.every))
    assert POINTS / 2 < len(looks) <= POINTS + 1
    for _ in alone.run():
        pass
    assert alone.theta.tobytes() == whole.theta.tobytes()

    watch(tmp_path / "parts", 5 * watcher.every, parts)
    with (tmp_path / "parts").open("a") as file:  # as a kill after the checkpoint would leave it
        file.write('{"iteration": 70, "dead/relu1": 1.0}\n{"itera')
    watch(tmp_path / "parts", -1, parts)
    assert (tmp_path / "parts").read_bytes() == (tmp_path / "whole").read_bytes()
