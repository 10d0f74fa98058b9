"""What is timed is what is claimed: our works train and predict as many pictures as they say."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from digitile.bench import ours, page
from digitile.bench.counts import training_flops
from digitile.bench.task import BenchTask
from digitile.engines import Steps, make_engine
from digitile.engines.tile.engine import TileEngine
from digitile.nn import Network

TEXT = "1x12x12 - 3C3 - ReLU - MP3s2c - 4C3 - sigmoid - AP2 - 10N - "


@pytest.mark.parametrize("loss", ["softmax", "squared"])
def test_our_works_count_their_pictures(loss: str) -> None:
    network = Network.parse(TEXT + loss)
    engine = make_engine("reference", network)
    work, pictures = ours.training(engine, BenchTask.draw(network, 300, True, 1))
    assert pictures == 3900  # of 4,000, in whole batches of 300
    work()
    assert np.shape(ours.prediction(engine, BenchTask.draw(network, 7, False, 1))()) == (7, 10)


def test_a_training_goes_on_from_call_to_call() -> None:
    text = "1x12x12 - 4C3s2same - ReLU - 7C1 - focal(1.5)+box(0.1)"
    network = Network.parse(text)
    task = replace(BenchTask.draw(network, 20, True, 1, "adamw(0.9,0.99)"), lr=0.01)
    work, pictures = ours.training(make_engine("reference", network), task)
    assert pictures == 4000
    first, second = work(), work()
    assert isinstance(first, Steps)
    assert isinstance(second, Steps)
    assert second.losses[0] < 0.9 * first.losses[0]


def test_a_call_is_not_too_much_work() -> None:
    network = Network.parse(page.NETWORK)
    engine, steps = make_engine("reference", network), []
    engine.training = lambda *_: SimpleNamespace(take=lambda batches: steps.append(batches.order))
    work, pictures = ours.training(engine, BenchTask.draw(network, 16, True, 1, page.OPTIMISER))
    work()
    assert pictures == steps[0].size == 32
    assert pictures * training_flops(network) <= 10**11


def test_memory_grows_with_the_batch_but_for_parameters() -> None:
    network = Network.parse(TEXT + "softmax")
    held = []
    for batch in (4, 200):
        engine = TileEngine(network, threads=1)
        work, _ = ours.training(engine, BenchTask.draw(network, batch, True, 1))
        work()
        held.append(ours.memory(engine))
    few, many = held
    assert few["parameters"] == many["parameters"]
    assert few["parameters"] >= 4 * network.arena.size
    pooled = 3 * 5 * 5  # what the second convolution's gradient needs of each picture
    assert many["values"] - few["values"] >= 4 * (200 - 4) * pooled
    assert few["tables"] > 0
    assert many["process_peak"] is None or many["process_peak"] > many["values"]
