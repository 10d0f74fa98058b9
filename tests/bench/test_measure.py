"""A row of a benchmark, with peers of our own making."""

import time
from collections.abc import Callable

import pytest

from digitile.bench import measure as module
from digitile.bench.contest import ContestResult, Rates, Work
from digitile.bench.measure import Case, measure, sweep
from digitile.bench.task import BenchTask
from digitile.errors import SettingError
from digitile.nn import Network

NETWORK = Network.parse("1x6x6 - 2C3 - MP2 - 3N - softmax")
CASE = Case("train", "tiny", NETWORK, 10, 1)


@pytest.fixture(autouse=True)
def peak(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the peak be 100 GFLOP/s for each thread, nearly."""

    def work(threads: int) -> tuple[Work, float]:
        return lambda: time.sleep(0.01), threads * 1.0

    monkeypatch.setattr(module, "peak_work", work)


@pytest.fixture
def peers(monkeypatch: pytest.MonkeyPatch) -> dict[str, Callable[[BenchTask], dict[str, Work]]]:
    made: dict[str, Callable[[BenchTask], dict[str, Work]]] = {}
    monkeypatch.setattr(module.peers, "works", lambda peer, task: made[peer](task))
    return made


def row(case: Case, *names: str) -> tuple[module.Timing, list[str]]:
    told: list[str] = []
    return measure(case, names, 0.01, 3, told.append), told


def test_sweeps() -> None:
    assert [case.batch for case in sweep(CASE, "batch", 1024)] == [2**n for n in range(11)]
    assert [case.batch for case in sweep(CASE, "batch", 12)] == [1, 2, 4, 8, 12]
    assert [case.threads for case in sweep(CASE, "threads", 3)] == [1, 2, 3]
    wide = sweep(CASE, "width", 0)
    assert [str(case.network.layers[0]) for case in wide] == ["2C3", "4C3", "8C3", "16C3"]
    assert [case.width for case in wide] == [1, 2, 4, 8]
    assert {(case.batch, case.threads) for case in wide} == {(10, 1)}


def test_training_alone() -> None:
    found, told = row(CASE)
    # 32·9 + 8·3 multiply-adds… 2 maps of 4×4 by 3×3, then 8 values by 3.
    adds = 2 * 16 * 9 + 8 * 3
    flops = 2 * (3 * adds - 2 * 16 * 9)
    rates = found.images_per_second["tile"]
    assert len(rates.rounds) == 3
    assert rates.min <= rates.median <= rates.max
    assert found.gflops == pytest.approx(1e-9 * flops * rates.median)
    assert 40 < found.peak_gflops <= 100
    assert found.share_of_peak == pytest.approx(found.gflops / found.peak_gflops, rel=0.9)
    bytes_ = 4 * (10 * (36 + 2 * (32 + 8 + 3)) + 4 * (20 + 27))
    assert found.flops_per_byte == pytest.approx(10 * flops / bytes_)
    assert (found.ratio, found.fastest_peer, found.left_out) == (None, None, {})
    assert told == [
        "train tiny, batch 10, threads 1: tile",
        "train tiny, batch 10, threads 1: measuring",
    ]


def test_a_page_network_by_its_own_rule(
    peers: dict[str, Callable[[BenchTask], dict[str, Work]]],
) -> None:
    network = Network.parse("1x6x6 - 2C3s2same - +(2C3d2same) - 7C1 - focal(1.5)+box(0.1)")
    rules = []

    def work(task: BenchTask) -> dict[str, Work]:
        rules.append(task.rule)
        return {"other": lambda: None}

    peers["other"] = work
    found, _ = row(Case("train", "page", network, 4, 1, optimiser="adamw(0.9,0.99)"), "other")
    assert found.optimiser == "adamw(0.9,0.99)"
    assert (rules[0].names, rules[0].beta2) == (("mean", "square"), 0.99)
    assert found.fastest_peer == "other"


def test_prediction_counts_less() -> None:
    found, _ = row(Case("infer", "tiny", NETWORK, 20, 2, 4))
    adds = 2 * 16 * 9 + 8 * 3
    assert found.gflops == pytest.approx(2e-9 * adds * found.images_per_second["tile"].median)
    assert 80 < found.peak_gflops <= 200
    assert (found.task, found.batch, found.threads, found.width) == ("infer", 20, 2, 4)


def test_peers_take_as_many_pictures(
    peers: dict[str, Callable[[BenchTask], dict[str, Work]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = 0

    def work() -> None:
        nonlocal calls
        calls += 1

    def once(works: dict[str, Work], pictures: int, *_: object, aside: list[str]) -> ContestResult:
        assert [name for name in works if name not in aside] == ["tile", "other fast"]
        assert pictures == 4000
        assert calls == 1  # compiled before it is timed
        works["other fast"]()
        return ContestResult({name: Rates.of([1.0]) for name in ("tile", *aside)}, None, None)

    peers["other"] = lambda _: {"other fast": work}
    monkeypatch.setattr(module, "contest", once)
    row(CASE, "other")
    assert calls == 1 + 4000 // 10


def test_peers_that_cannot_are_left_out(
    peers: dict[str, Callable[[BenchTask], dict[str, Work]]],
) -> None:
    def cannot() -> None:
        raise ValueError("no compiler\nwith a long story")

    def unable(task: BenchTask) -> dict[str, Work]:
        raise SettingError("2C3 is not lowered here.")

    peers["one"] = lambda _: {"one": lambda: None, "one compiled": cannot}
    peers["two"] = unable
    found, told = row(CASE, "one", "two")
    assert list(found.images_per_second) == ["tile", "one"]
    assert found.fastest_peer == "one"
    assert found.ratio is not None
    assert found.left_out == {
        "one compiled": "ValueError: no compiler",
        "two": "2C3 is not lowered here.",
    }
    assert "train tiny, batch 10, threads 1: first call of one compiled" in told


def test_memory_is_counted() -> None:
    held = row(CASE)[0].memory_bytes
    assert list(held) == ["parameters", "values", "tables", "process_peak"]
    assert held["parameters"] >= 4 * NETWORK.arena.size
