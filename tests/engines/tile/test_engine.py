"""What holds for the engine as a whole: bits, threads, training, errors."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from digitile.engines import ReferenceEngine, make_engine
from digitile.engines.tile.engine import TileEngine
from digitile.errors import SettingError, ShapeError
from digitile.nn import Network
from digitile.nn.init import Init
from tests.engines import trainings
from tests.engines.parity import PAGE_NETWORKS, close
from tests.engines.trainings import PAGE, RULES, batches_of, bits, optimiser_of

TEXT = "2x12x12 - 6C3 - ReLU - MP2 - 5C3p1 - sigmoid - AP2 - 20N - dropout(0.8) - 4N - softmax"


def problem(text=TEXT, count=30, seed=0):
    network = Network.parse(text)
    rng = np.random.default_rng(seed)
    theta = Init.parse("xavier").draw(network, 0.1, rng).astype(np.float32)
    images = rng.integers(0, 256, (count, *network.input_shape), dtype=np.uint8)
    labels = rng.integers(0, network.classes, count)
    return network, theta, images, labels, rng


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("text", [TEXT, PAGE])
def test_bits_do_not_depend_on_threads_or_run(text, rule):
    network, theta, images, target = trainings.problem(text)
    optimiser, batches = optimiser_of(network, rule), batches_of(network, images, target)
    results = set()
    for threads in (1, 2, 3, 2):
        training = TileEngine(network, threads).training(optimiser, optimiser.start(theta))
        steps = training.take(batches)
        results.add(str((bits(training.state()), steps.losses.tolist(), steps.correct.tolist())))
    assert len(results) == 1


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("text", [TEXT, *PAGE_NETWORKS])
def test_training_is_the_rule_on_the_reference_gradient(text, rule):
    network, theta, images, target = trainings.problem(text)
    optimiser, batches = optimiser_of(network, rule), batches_of(network, images, target)
    one, truth = (
        engine.training(optimiser, optimiser.start(theta))
        for engine in (TileEngine(network), ReferenceEngine(network, np.float64))
    )
    steps, expected = one.take(batches), truth.take(batches)
    np.testing.assert_allclose(steps.losses, expected.losses, rtol=1e-4)
    np.testing.assert_array_equal(steps.correct, expected.correct)
    state, right = one.state(), truth.state()
    assert state.steps == right.steps == 12
    for name, array in {"theta": right.theta, **right.memory}.items():
        found = {"theta": state.theta, **state.memory}[name]
        np.testing.assert_allclose(found, array, atol=1e-4 * np.abs(array).max(), err_msg=name)


@pytest.mark.parametrize("rule", RULES)
def test_a_training_goes_on_from_its_state_to_the_same_bits(rule):
    network, theta, images, target = trainings.problem(PAGE)
    optimiser, engine = optimiser_of(network, rule), TileEngine(network)
    batches = batches_of(network, images, target)
    whole = engine.training(optimiser, optimiser.start(theta))
    whole.take(batches)
    state = optimiser.start(theta)
    for part in (slice(0, 5), slice(5, 6), slice(6, 12)):
        training = engine.training(optimiser, state)
        own = replace(
            batches, order=batches.order[part], lr=batches.lr[part], noise=batches.noise[part]
        )
        training.take(own)
        engine.scores(theta, images / np.float32(255))  # predicts with other parameters between
        state = training.state()
    assert bits(state) == bits(whole.state())


def test_pages_of_any_size():
    network, theta, _, _ = trainings.problem(PAGE)
    engine, truth, rng = TileEngine(network), ReferenceEngine(network), np.random.default_rng(1)
    for height, width in ((23, 31), (40, 18), (23, 31), (12, 16)):
        x = rng.standard_normal((3, 1, height, width)).astype(np.float32)
        close(engine.scores(theta, x), truth.scores(theta, x), f"{height}×{width}")
    with pytest.raises(ShapeError, match="depends on 11×11 pixels"):
        engine.scores(theta, np.zeros((1, 1, 3, 40), np.float32))


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
        "from digitile.engines.tile.convolution import WAYS\n"
        "from digitile.engines.tile.engine import TileEngine\n"
        "from digitile.nn import Network\n"
        "for text in ('1x6x6 - 3C3 - MP2 - 2N - softmax',\n"
        "             '2x5x6 - 9C3p1 - ReLU - IP2s1c - 3C2s2 - sigmoid - SP2 - 3N - tanhkx(0.1)'\n"
        "             ' - dropout(0.5) - 2N - squared',\n"
        "             '1x6x6 - 5C3p1 - 9C5p2 - MP2 - 2N - softmax',\n"
        "             '1x6x6 - 5C3p1 - 9C5p2 - MP2 - ReLU - 2N - softmax',\n"
        "             '1x9x7 - 5C3p1 - 9C3d2same - +(9C3same - dropout(0.5)) - 3N - softmax'):\n"
        "    for name in ('sparse', 'winograd') if '5C3' in text else ():\n"
        "        dear = WAYS[name].price  # every way, whether it pays or not\n"
        "        WAYS[name].price = lambda node, part, dear=dear: 1e-9 * dear(node, part)\n"
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
