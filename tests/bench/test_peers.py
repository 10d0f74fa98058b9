"""The peers compute the same function as we do, forward, back and in their steps."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from digitile import recipes
from digitile.bench import peers
from digitile.bench.contest import Work
from digitile.bench.plots import COLOURS
from digitile.bench.task import MOMENTUM, WEIGHT_DECAY, Task
from digitile.cli.bench import RECIPES
from digitile.engines import ReferenceEngine
from digitile.errors import SettingError
from digitile.nn import Network
from digitile.nn.optimiser import SGD

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the frameworks' own code

NETWORKS = (
    "2x12x11 - 3C3 - ReLU - MP3s2c - 4C3p1 - sigmoid - AP2c - 7N - tanh - 5N - softmax",
    "1x9x9 - 2C3s2full - leaky(0.1) - AP3s2c - flatten - 6N - squared(-1,1)",
    "1x8x8 - 3C3same - MP2s3c - 5N - ReLU - 4N - sigmoid - squared",
)
COMPARED = tuple(recipes.find(name)[1].network for name in RECIPES)


def of(peer: str, task: Task, compiled: bool = False) -> dict[str, Work]:
    """Return the peer's works: those that take a minute to compile, or the others."""
    for needed in peers.PEERS[peer]:
        pytest.importorskip(needed, reason=f"{needed} is not installed")
    works = peers.works(peer, task)
    assert set(works) <= set(COLOURS)  # each can be drawn
    return {name: work for name, work in works.items() if ("compile" in name) == compiled}


def check_scores(peer: str, text: str, compiled: bool = False) -> None:
    task = Task.draw(Network.parse(text), 6, False, 1)
    want = ReferenceEngine(task.network).scores(task.theta, task.x)
    works = of(peer, task, compiled)
    assert works
    for name, work in works.items():
        np.testing.assert_allclose(np.asarray(work()), want, 1e-4, 1e-5, err_msg=name)


def check_losses(peer: str, text: str, compiled: bool = False) -> None:
    """Take five steps: wrong gradients or updates show in the losses that follow."""
    task = replace(Task.draw(Network.parse(text), 6, True, 1), lr=0.1)
    engine, theta = ReferenceEngine(task.network), task.theta.copy()
    optimiser = SGD.of(task.network, MOMENTUM, WEIGHT_DECAY, 1.0, ())
    velocity, want = np.zeros_like(theta), []
    for _ in range(5):
        step = engine.gradient(theta, task.x, task.labels, [None] * len(task.network.layers))
        theta, velocity = optimiser.step(theta, velocity, step.gradient, task.lr)
        want.append(step.loss)
    assert want[-1] < 0.99 * want[0]
    works = of(peer, task, compiled)
    assert works
    for name, work in works.items():
        got = [float(work()) for _ in range(5)]  # type: ignore[arg-type]
        np.testing.assert_allclose(got, want, 1e-4, err_msg=name)


@pytest.mark.parametrize("text", NETWORKS + COMPARED)
@pytest.mark.parametrize("peer", peers.PEERS)
def test_scores_are_the_reference_engines(peer: str, text: str) -> None:
    check_scores(peer, text)


@pytest.mark.parametrize("text", NETWORKS)
@pytest.mark.parametrize("peer", ["torch", "jax"])
def test_losses_fall_as_the_reference_engines(peer: str, text: str) -> None:
    check_losses(peer, text)


@pytest.mark.slow
def test_compiled_torch_is_the_same() -> None:
    # AP2, not AP2c: compiled, PyTorch 2.13 divides the errors of partial windows by whole ones.
    text = "1x12x12 - 3C3 - ReLU - MP3s2c - 4C3p1 - sigmoid - AP2 - 5N - softmax"
    check_scores("torch", text, compiled=True)
    check_losses("torch", text, compiled=True)


def test_onnxruntime_does_not_train() -> None:
    assert of("onnxruntime", Task.draw(Network.parse(NETWORKS[0]), 2, True, 1)) == {}


@pytest.mark.parametrize("peer", peers.PEERS)
@pytest.mark.parametrize("layer", ["2C3[0;0]", "tanhkx(0.1)", "IP2", "dropout(0.5)"])
def test_other_layers_are_named(peer: str, layer: str) -> None:
    task = Task.draw(Network.parse(f"1x6x6 - {layer} - 3N - softmax"), 2, False, 1)
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
        of("jax", Task.draw(network, 2, False, threads))["jax jit"]()
        assert len(pool() - before) == started
