"""Settings that a search asks for."""

import math

import pytest

from digitile.sweep.grid import Overrides, read_grid

pytest.importorskip("optuna", reason="wants Optuna: pip install 'digitile[sweep]'")

from digitile.sweep.search import Tpe, search

AXES = read_grid(["lr=0.001:1:log", "batch_size=8:64", "preprocess=scale,center", "epochs=3"]).axes


def asked(tpe: Tpe, best_lr: float = 0.1) -> list[dict[str, str]]:
    seen: list[dict[str, str]] = []

    def evaluate(points: list[Overrides]) -> list[float]:
        assert len(points) <= tpe.at_once
        new = [dict(each.split("=") for each in point) for point in points]
        seen.extend(new)
        return [-abs(math.log(float(values["lr"]) / best_lr)) for values in new]

    search(tpe, AXES, evaluate)
    return seen


def test_the_same_seed_asks_for_the_same() -> None:
    first = asked(Tpe(18, 4, 1))
    assert len(first) == 18
    assert asked(Tpe(18, 4, 1)) == first
    assert asked(Tpe(18, 4, 2)) != first
    for values in first:
        assert 0.001 <= float(values["lr"]) <= 1
        assert 8 <= int(values["batch_size"]) <= 64
        assert values["preprocess"] in ("scale", "center")
        assert values["epochs"] == "3"


def test_it_goes_where_it_is_good() -> None:
    def distance(best: float) -> float:
        late = asked(Tpe(60, 4, 0), best)[30:]
        logs = sorted(abs(math.log10(float(values["lr"]) / best)) for values in late)
        return logs[len(logs) // 2]

    # at random, half of them lie 0.75 decades away or more
    assert distance(0.002) < 0.5
    assert distance(0.5) < 0.5


def test_none_ends_it() -> None:
    calls: list[int] = []

    def evaluate(points: list[Overrides]) -> None:
        calls.append(len(points))

    search(Tpe(10, 3, 0), AXES, evaluate)
    assert calls == [3]
