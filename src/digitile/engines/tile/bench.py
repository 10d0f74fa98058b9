"""How fast the tile engine is here: the processor's peak, and a network's share of it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from digitile.engines.tile.compile import kernel
from digitile.engines.tile.engine import TileEngine
from digitile.engines.tile.simd import WIDTH
from digitile.engines.tile.tile import ROWS, matmul
from digitile.nn.init import Init
from digitile.nn.network import Network
from digitile.nn.preprocess import Preprocess

Clock = Callable[[], float]


@dataclass(frozen=True)
class Speed:
    """What one measurement gives.

    Attributes
    ----------
    images : float
        Pictures a second.
    gflops : float
        Multiply-adds × 2, in 10⁹ a second, as if every one were computed: what is skipped because
        it is zero counts, what is added as padding does not.
    """

    images: float
    gflops: float


@kernel
def _repeat(times: int, a: Any, b: Any, c: Any, tab: Any, rows: int, count: int, at: int) -> None:
    for _ in range(times):
        matmul(a, 0, b, 0, c, 0, c, 0, 1, tab, 0, rows, rows, 0, rows, count, at, 1)


def fma_peak(seconds: float = 0.3, clock: Clock = time.perf_counter) -> float:
    """Return one thread's peak in GFLOP/s: the widest tile, on one cache line of operands."""
    units = max(ROWS)
    rows, count, times = ROWS[units], 2000, 200
    tab = np.zeros(rows + count + 1, np.int32)
    tab[-1] = units
    a, b, c = (np.zeros(units * WIDTH, np.float32) for _ in range(3))
    rate = best_rate(
        lambda: _repeat(times, a, b, c, tab, rows, count, rows + count), times, seconds, clock
    )
    return 2e-9 * rate * rows * units * WIDTH * count


def best_rate(work: Callable[[], object], count: int, seconds: float, clock: Clock) -> float:
    """Return the most of `count` things a second that `work` does, in five windows."""
    work()
    best = 0.0
    for _ in range(5):
        start, done = clock(), 0
        while clock() - start < seconds / 5:
            work()
            done += count
        best = max(best, done / (clock() - start))
    return best


def training_speed(
    network: Network,
    batch: int,
    threads: int | None = None,
    seconds: float = 2.0,
    clock: Clock = time.perf_counter,
) -> Speed:
    """Measure whole steps: gathering, both passes, momentum and weight decay."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (2000, *network.input_shape), dtype=np.uint8)
    labels = rng.integers(0, network.classes, len(images))
    theta = Init.parse("xavier").draw(network, 0.0, rng).astype(np.float32)
    velocity, scales = np.zeros_like(theta), np.ones_like(theta)
    steps = max(1, 1000 // batch)
    order = rng.integers(0, len(images), (steps, batch))
    noise = [network.draw(rng, batch) for _ in range(steps)]
    engine, preprocess = TileEngine(network, threads), Preprocess.fit("scale", images)
    rates = np.full(steps, 1e-5)

    def work() -> None:
        engine.train(
            theta, velocity, images, labels, order, rates, preprocess=preprocess, scales=scales,
            momentum=0.9, decay=1e-4, noise=noise,
        )  # fmt: skip

    rate = best_rate(work, order.size, seconds, clock)
    adds = network.multiply_adds()
    # Forward, weights, inputs; nothing asks for the input gradient of the first layer with weights.
    first = next((count for count in adds if count), 0)
    return Speed(rate, 2e-9 * rate * (3 * sum(adds) - first))


def inference_speed(
    network: Network,
    batch: int = 1000,
    threads: int | None = None,
    seconds: float = 1.0,
    clock: Clock = time.perf_counter,
) -> Speed:
    """Measure scores of `batch` pictures in one call."""
    rng = np.random.default_rng(0)
    x = rng.random((batch, *network.input_shape), np.float32)
    theta = Init.parse("xavier").draw(network, 0.0, rng).astype(np.float32)
    engine = TileEngine(network, threads)
    rate = best_rate(lambda: engine.scores(theta, x), batch, seconds, clock)
    return Speed(rate, 2e-9 * rate * sum(network.multiply_adds()))
