import copy
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digitile.errors import DataError
from digitile.papers.results import POINTS, read_results, thin, write_results
from tests.papers.samples import CURVES
from tests.papers.samples import results_of as sample


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
        (b"", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 100_000, "expected `object`, got `array`"),
        (b'{"other": ' + b"[" * 100_000, "not JSON"),
        (b"{}", "missing required field `experiment`"),
        (b"[]", "expected `object`, got `array`"),
        (b'{"format": 2}', r"value 2 - at `\$.format`"),
        (b'{"format": NaN}', r"results.json is not JSON: .* Write it again: digitile reproduce"),
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


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_value_of_a_wrong_kind_is_noticed(tmp_path: Path, data: st.DataObject) -> None:
    write = copy.deepcopy(_JSON)
    at = data.draw(st.sampled_from([place for place in places(write) if "settings" not in place]))
    inner = write
    for key in at[:-1]:
        inner = inner[key]
    inner[at[-1]] = [None]
    check_refused(tmp_path, write)


def test_a_curve_has_as_many_x_as_y(tmp_path: Path) -> None:
    write = copy.deepcopy(_JSON)
    write["arms"][0]["runs"][0]["curves"]["smoothed"]["x"].append(9.0)
    check_refused(tmp_path, write, "a curve has 3 x and 2 y")


def test_a_list_too_long_is_refused(tmp_path: Path) -> None:
    write = copy.deepcopy(_JSON)
    write["arms"][0]["runs"][0]["curves"]["smoothed"]["x"] = [0] * 10_001
    check_refused(tmp_path, write, "of length <= 10000")


def check_refused(folder: Path, value: Any, message: str = "results.json: ") -> None:
    path = folder / "results.json"
    path.write_text(json.dumps(value))
    with pytest.raises(DataError, match=message):
        read_results(path)


def _json() -> Any:
    value = asdict(sample(CURVES))
    value["arms"] = copy.deepcopy(value["arms"][:2])
    for arm in value["arms"]:
        arm["runs"] = arm["runs"][:1]
        for curve in arm["runs"][0]["curves"].values():
            curve["x"], curve["y"] = curve["x"][:2], curve["y"][:2]
    return value


_JSON = _json()
