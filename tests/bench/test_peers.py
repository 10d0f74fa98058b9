"""The peers compute the same function as we do, forward, back and in their steps."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from digitile import recipes
from digitile.bench import page, peers
from digitile.bench.cases import PAPERS
from digitile.bench.contest import Work
from digitile.bench.plots import COLOURS
from digitile.bench.task import BenchTask
from digitile.engines import ReferenceEngine
from digitile.errors import SettingError
from digitile.nn import Network
from digitile.nn.places import PlaceLoss
from tests.engines.trainings import draw_target

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the frameworks' own code

NETWORKS = (
    "2x12x11 - 3C3 - ReLU - MP3s2c - 4C3p1 - sigmoid - AP2c - 7N - tanh - 5N - softmax",
    "1x9x9 - 2C3s2full - leaky(0.1) - AP3s2c - flatten - 6N - squared(-1,1)",
    "1x8x8 - 3C3same - MP2s3c - 5N - ReLU - 4N - sigmoid - squared",
    "2x9x11 - 3C3s2same - ReLU - +(3C3d2same - ReLU - +(3C3d3same)) - flatten - softmax",
)
PLACES = (
    "1x12x17 - 4C3s2same - ReLU - +(4C3d2same - ReLU - 4C3same) - 8C1 - focal(1.5)+box(0.5)",
    "1x9x8 - 4C3s2d2p3 - sigmoid - 3C1 - focal(0)",
)
COMPARED = tuple(recipes.find(name)[1].network for name in PAPERS)
RULES = ("sgd(0.9)", "adamw(0.8,0.95)")


def of(peer: str, task: BenchTask, compiled: bool = False) -> dict[str, Work]:
    """Return the peer's works: those that take a minute to compile, or the others."""
    for needed in peers.PEERS[peer]:
        pytest.importorskip(needed, reason=f"{needed} is not installed")
    works = peers.works(peer, task)
    assert set(works) <= set(COLOURS)  # each can be drawn
    return {name: work for name, work in works.items() if ("compile" in name) == compiled}


def check_scores(peer: str, text: str, compiled: bool = False) -> None:
    task = BenchTask.draw(Network.parse(text), 6, False, 1)
    want = ReferenceEngine(task.network).scores(task.theta, task.x)
    works = of(peer, task, compiled)
    assert works
    for name, work in works.items():
        np.testing.assert_allclose(np.asarray(work()), want, 1e-4, 1e-5, err_msg=name)


def check_losses(peer: str, text: str, rule: str, compiled: bool = False) -> None:
    """Take five steps: wrong gradients or updates show in the losses that follow."""
    task = BenchTask.draw(Network.parse(text), 6, True, 1, rule)
    target = draw_target(task.network, 6, np.random.default_rng(3))  # with weights
    # networks of places start far from what random targets ask for, and overshoot at a high rate
    high = 0.02 if isinstance(task.network.loss, PlaceLoss) else 0.1
    task = replace(task, target=target, lr=high if "sgd" in rule else 0.003)
    noise: list[Any] = [None] * len(task.network.layers)
    engine, state, want = ReferenceEngine(task.network), task.rule.start(task.theta), []
    for _ in range(5):
        step = engine.gradient(state.theta, task.x, task.target, noise)
        state = task.rule.step(state, step.gradient, task.lr)
        want.append(step.loss)
    assert want[-1] < 0.998 * want[0]  # many times what is let pass
    works = of(peer, task, compiled)
    assert works
    for name, work in works.items():
        got = [float(work()) for _ in range(5)]  # type: ignore[arg-type]
        np.testing.assert_allclose(got, want, 1e-4, err_msg=name)


@pytest.mark.parametrize("text", [*NETWORKS, *PLACES, *COMPARED])
@pytest.mark.parametrize("peer", peers.PEERS)
def test_scores_are_the_reference_engines(peer: str, text: str) -> None:
    check_scores(peer, text)


@pytest.mark.parametrize("text", [*NETWORKS, *PLACES])
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("peer", ["torch", "jax"])
def test_losses_fall_as_the_reference_engines(peer: str, rule: str, text: str) -> None:
    check_losses(peer, text, rule)


@pytest.mark.parametrize("peer", peers.PEERS)
def test_the_page_network(peer: str) -> None:
    network = Network.parse(page.NETWORK)
    assert 185_000 < network.arena.size < 195_000
    small = str(network.at(80, 72))  # enough to see every tap
    check_scores(peer, small)
    if peer != "onnxruntime":
        check_losses(peer, small, page.OPTIMISER)


@pytest.mark.slow
def test_compiled_torch_is_the_same() -> None:
    # AP2, not AP2c: compiled, PyTorch 2.13 divides the errors of partial windows by whole ones.
    text = "1x12x12 - 3C3 - ReLU - MP3s2c - 4C3p1 - sigmoid - AP2 - 5N - softmax"
    check_scores("torch", text, compiled=True)
    check_losses("torch", text, RULES[0], compiled=True)
    check_scores("torch", PLACES[0], compiled=True)
    check_losses("torch", PLACES[0], RULES[1], compiled=True)


def test_onnxruntime_does_not_train() -> None:
    assert of("onnxruntime", BenchTask.draw(Network.parse(NETWORKS[0]), 2, True, 1)) == {}


@pytest.mark.parametrize("peer", ["torch", "jax"])
@pytest.mark.parametrize("layer", ["2C3[0;0]", "tanhkx(0.1)", "IP2", "dropout(0.5)"])
def test_other_layers_are_named(peer: str, layer: str) -> None:
    task = BenchTask.draw(Network.parse(f"1x6x6 - {layer} - 3N - softmax"), 2, False, 1)
    with pytest.raises(SettingError) as error:
        of(peer, task)
    assert layer in str(error.value)


def test_jax_has_as_many_threads_as_asked() -> None:
    pytest.importorskip("jax", reason="jax is not installed")
    running = Path("/proc/self/task")
    if not running.exists():
        pytest.skip("threads have names in Linux only")

    def pool() -> set[str]:
        names = {task.name: (task / "comm").read_text().strip() for task in running.iterdir()}
        return {task for task, name in names.items() if name == "tf_XLAEigen"}

    network = Network.parse(NETWORKS[0])
    for threads, started in ((3, 3), (2, 2), (2, 0)):
        before = pool()
        of("jax", BenchTask.draw(network, 2, False, threads))["jax jit"]()
        assert len(pool() - before) == started
