import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitile.errors import DataError
from digitile.lab.results import POINTS, read_results, results_of, thin, write_results
from tests.lab.samples import CURVES
from tests.lab.samples import results_of as sample


def test_there_and_back(tmp_path: Path) -> None:
    results = sample(CURVES)
    path = write_results(results, tmp_path)
    assert path == tmp_path / "ma2018-fig7.json"
    again = read_results(path)
    assert again.claims == results.claims
    assert again.provenance == results.provenance
    assert again.arms[1].failures == results.arms[1].failures
    assert write_results(again, tmp_path).read_bytes() == path.read_bytes()
    assert not [line for line in path.read_text().splitlines() if line.strip(" ,").isdigit()]


@given(st.lists(st.floats(-1e6, 1e6), max_size=3 * POINTS))
def test_thin(y: list[float]) -> None:
    x = [float(i) for i in range(len(y))]
    curve = thin(x, y)
    assert len(curve.x) <= POINTS + 1
    assert [y[int(i)] for i in curve.x] == curve.y
    assert curve.x == sorted(set(curve.x))
    if y:
        assert (curve.x[0], curve.x[-1]) == (x[0], x[-1])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no JSON"),
        (b"\xff\xfe", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"{}", "no results of format 1"),
        (b"[]", "no results of format 1"),
        (b'{"format": 2}', "format is 2"),
        (b'{"format": NaN}', "no JSON"),
    ],
)
def test_garbage(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "results.json"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message):
        read_results(path)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot read"):
        read_results(tmp_path / "none.json")


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    found = []
    for key, part in inner:
        found.append((*at, key))
        if isinstance(part, dict | list) and "settings" not in at:
            found += places(part, (*at, key))
    return found


@given(st.data())
def test_any_value_of_a_wrong_kind_is_noticed(data: st.DataObject) -> None:
    write = json.loads(json.dumps(_JSON))
    at = data.draw(st.sampled_from([place for place in places(write) if "settings" not in place]))
    inner = write
    for key in at[:-1]:
        inner = inner[key]
    inner[at[-1]] = [None]
    with pytest.raises((KeyError, TypeError, ValueError)):
        results_of(write)


def _json() -> Any:
    from dataclasses import asdict

    value = asdict(sample(CURVES))
    value["arms"] = copy.deepcopy(value["arms"][:2])
    for arm in value["arms"]:
        arm["runs"] = arm["runs"][:1]
        for curve in arm["runs"][0]["curves"].values():
            curve["x"], curve["y"] = curve["x"][:2], curve["y"][:2]
    return {"format": 1, **value}


_JSON = _json()
