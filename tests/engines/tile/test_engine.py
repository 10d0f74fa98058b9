"""What holds for the engine as a whole: bits, threads, training, errors."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from digitile.engines import ReferenceEngine, make_engine
from digitile.engines.tile.engine import TileEngine
from digitile.errors import SettingError, ShapeError
from digitile.nn import Network
from digitile.nn.init import Init
from digitile.nn.optimiser import SGD
from digitile.nn.preprocess import Preprocess

TEXT = "2x12x12 - 6C3 - ReLU - MP2 - 5C3p1 - sigmoid - AP2 - 20N - dropout(0.8) - 4N - softmax"


def problem(text=TEXT, count=30, seed=0):
    network = Network.parse(text)
    rng = np.random.default_rng(seed)
    theta = Init.parse("xavier").draw(network, 0.1, rng).astype(np.float32)
    images = rng.integers(0, 256, (count, *network.input_shape), dtype=np.uint8)
    labels = rng.integers(0, network.classes, count)
    return network, theta, images, labels, rng


def train(engine, theta, images, labels, rng, steps=12, batch=20):
    order = rng.integers(0, len(images), (steps, batch))
    noise = [engine.network.draw(rng, batch) for _ in range(steps)]
    velocity = np.zeros_like(theta)
    steps = engine.train(
        theta, velocity, images, labels, order, np.linspace(0.1, 0.05, steps),
        preprocess=Preprocess.fit("standardize", images),
        optimiser=SGD.of(engine.network, 0.9, 0.001, 2.0, ()), noise=noise,
    )  # fmt: skip
    return steps, velocity


def test_bits_do_not_depend_on_threads_or_run():
    network, theta, images, labels, _ = problem()
    results = []
    for threads in (1, 2, 3, 2):
        own = theta.copy()
        engine = TileEngine(network, threads=threads)
        steps, velocity = train(engine, own, images, labels, np.random.default_rng(5))
        arrays = (own, velocity, steps.losses, steps.correct)
        results.append(tuple(array.tobytes() for array in arrays))
    assert len(set(results)) == 1


def test_training_is_the_rule_on_the_reference_gradient():
    network, theta, images, labels, _ = problem()
    own = theta.copy()
    steps, velocity = train(TileEngine(network), own, images, labels, np.random.default_rng(5))

    rng, engine = np.random.default_rng(5), ReferenceEngine(network, np.float64)
    order = rng.integers(0, len(images), (12, 20))
    noise = [network.draw(rng, 20) for _ in range(12)]
    weights, biases = network.arena.mask("w"), network.arena.mask("b")
    x = Preprocess.fit("standardize", images)(images)
    t, v = theta.astype(np.float64), np.zeros(len(theta))
    for k, rate in enumerate(np.linspace(0.1, 0.05, 12)):
        step = engine.gradient(t, x[order[k]], labels[order[k]], noise[k])
        assert steps.losses[k] == pytest.approx(step.loss, rel=1e-4)
        assert steps.correct[k] == (step.scores.argmax(axis=1) == labels[order[k]]).sum()
        v = 0.9 * v + rate * np.where(biases, 2, 1) * (step.gradient + 0.001 * weights * t)
        t = t - v
    np.testing.assert_allclose(own, t, atol=1e-4 * np.abs(t).max())
    np.testing.assert_allclose(velocity, v, atol=1e-4 * np.abs(v).max())


def test_several_python_threads():
    network, theta, images, labels, rng = problem()
    engine = TileEngine(network)
    x = images.astype(np.float32) / 255
    noise = network.draw(rng, len(x))

    def work(k):
        if k % 2:
            return engine.scores(theta, x).tobytes()
        return engine.gradient(theta, x, labels, noise).gradient.tobytes()

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(work, range(40)))
    assert len(set(results[::2])) == 1
    assert len(set(results[1::2])) == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_works_in_a_forked_child():
    code = (
        "import os, sys, numpy as np\n"
        "from digitile.engines.tile.engine import TileEngine\n"
        "from digitile.nn import Network\n"
        "n = Network.parse('1x6x6 - 3C3 - MP2 - 2N - softmax')\n"
        "e, x = TileEngine(n, threads=2), np.ones((8, 1, 6, 6), np.float32)\n"
        "t = np.ones(n.arena.size, np.float32)\n"
        "a = e.scores(t, x)\n"
        "pid = os.fork()\n"
        "if pid == 0:\n"
        "    os._exit(0 if (e.scores(t, x) == a).all() else 1)\n"
        "sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))\n"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, timeout=120)


def test_scores_of_many_and_of_none():
    network, theta, _, _, rng = problem()
    x = rng.standard_normal((300, *network.input_shape)).astype(np.float32)
    engine = make_engine("tile", network)
    truth = ReferenceEngine(network).scores(theta, x)
    np.testing.assert_allclose(engine.scores(theta, x), truth, atol=1e-5)
    assert engine.scores(theta, x[:0]).shape == (0, 4)


def test_plain_python_kernels_stay_in_bounds():
    """The same kernels with the JIT disabled: each load and store is checked."""
    code = (
        "import numpy as np\n"
        "from digitile.engines import ReferenceEngine\n"
        "from digitile.engines.tile import sparse, winograd\n"
        "from digitile.engines.tile.engine import TileEngine\n"
        "from digitile.nn import Network\n"
        "for text in ('1x6x6 - 3C3 - MP2 - 2N - softmax',\n"
        "             '2x5x6 - 9C3p1 - ReLU - IP2s1c - 3C2s2 - sigmoid - SP2 - 3N - tanhkx(0.1)'\n"
        "             ' - dropout(0.5) - 2N - squared',\n"
        "             '1x6x6 - 5C3p1 - 9C5p2 - MP2 - 2N - softmax',\n"
        "             '1x6x6 - 5C3p1 - 9C5p2 - MP2 - ReLU - 2N - softmax'):\n"
        "    if '5C3' in text:  # every form, whether it pays or not\n"
        "        winograd.forward_price = winograd.weights_price = lambda *_: 0.0\n"
        "        sparse.pays = lambda *_: 'ReLU' in text\n"
        "    n, rng = Network.parse(text), np.random.default_rng(0)\n"
        "    t = rng.standard_normal(n.arena.size).astype(np.float32)\n"
        "    x = rng.standard_normal((3, *n.input_shape)).astype(np.float32)\n"
        "    y, noise = np.array([0, 1, 0]), n.draw(rng, 3)\n"
        "    a = TileEngine(n, lanes=2).gradient(t, x, y, noise)\n"
        "    b = ReferenceEngine(n).gradient(t, x, y, noise)\n"
        "    np.testing.assert_allclose(a.gradient, b.gradient, rtol=1e-3, atol=1e-4)\n"
        "    np.testing.assert_allclose(a.scores, b.scores, rtol=1e-3, atol=1e-4)\n"
    )
    env = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, timeout=300, env=env)


def test_read_only_home(tmp_path):
    code = (
        "import os, sys, pathlib\n"
        "from digitile.engines.tile.compile import cache_folder\n"
        "folder = cache_folder()\n"
        "assert not folder.is_relative_to(sys.argv[1]), folder\n"
        "(folder / 'x').write_bytes(b'x')\n"
    )
    blocked = tmp_path / "file"
    blocked.write_bytes(b"")  # a file where the folder would be: no one can write below it
    env = {**os.environ, "XDG_CACHE_HOME": str(blocked), "HOME": str(blocked)}
    subprocess.run([sys.executable, "-c", code, str(blocked)], check=True, timeout=60, env=env)


def test_errors_say_what_is_wrong():
    network, theta, images, labels, _rng = problem()
    engine = TileEngine(network)
    x = images.astype(np.float32)
    with pytest.raises(ShapeError, match="2×12×12"):
        engine.scores(theta, x[:, :1])
    with pytest.raises(ShapeError, match="4 classes"):
        engine.gradient(theta, x, labels + 4, [None] * 9)
    with pytest.raises(SettingError, match="threads=0"):
        TileEngine(network, threads=0)


def test_few_plans_are_kept():
    network = Network.parse("1x4x4 - 3N - softmax")
    engine = TileEngine(network, threads=1)
    theta = np.zeros(network.arena.size, np.float32)
    for count in (*range(1, 40), 5):
        assert engine.scores(theta, np.zeros((count, 1, 4, 4), np.float32)).shape == (count, 3)
    assert len(engine._plans) <= 8


def test_a_second_process_finds_the_machine_code():
    code = (
        "import numpy as np\n"
        "from digitile.engines.tile.engine import TileEngine\n"
        "from digitile.engines.tile.execute import execute\n"
        "from digitile.nn import Network\n"
        "n = Network.parse('1x4x4 - 3N - softmax')\n"
        "TileEngine(n).scores(np.zeros(n.arena.size, 'f'), np.zeros((2, 1, 4, 4), 'f'))\n"
        "assert sum(execute.stats.cache_hits.values()) == 1, execute.stats\n"
        "assert not execute.stats.cache_misses, execute.stats\n"
    )
    for _ in range(2):  # the first may have to compile, where no other test has
        done = subprocess.run([sys.executable, "-c", code], timeout=300, check=False)
    assert done.returncode == 0
