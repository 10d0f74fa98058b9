"""Histories, whole and broken."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digitile.errors import DataError
from digitile.lab.history import METRICS, read_curve
from digitile.training.progress import Record

finite = st.floats(allow_nan=False, allow_infinity=False)
by_draw = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def history(folder: Path, *lines: Any, name: str = "a") -> Path:
    path = folder / f"{name}.history.jsonl"
    path.write_bytes(
        b"".join((x if isinstance(x, bytes) else json.dumps(x).encode()) + b"\n" for x in lines)
    )
    return path


@by_draw
@given(st.lists(st.tuples(finite, finite, st.none() | finite), min_size=1))
def test_what_a_training_writes_is_read_back(
    tmp_path: Path, values: list[tuple[float, float, float | None]]
) -> None:
    records = [Record(i, 1, a, b, 0.1, 0.5, c) for i, (a, b, c) in enumerate(values, 1)]
    path = history(tmp_path, *[record.as_json() for record in records])
    curve = read_curve(path, "smoothed")
    assert curve.name == "a"
    assert curve.x.tolist() == list(range(1, len(values) + 1))
    assert curve.y.tolist() == [b for _, b, _ in values]
    kept = [(i, c) for i, (_, _, c) in enumerate(values, 1) if c is not None]
    if kept:
        curve = read_curve(path, "validation")
        assert list(zip(curve.x.tolist(), curve.y.tolist(), strict=True)) == kept
    else:
        with pytest.raises(DataError, match="'validation'"):
            read_curve(path, "validation")


@by_draw
@given(st.binary(max_size=300), st.sampled_from(sorted(METRICS)))
def test_garbage_is_a_typed_error(tmp_path: Path, content: bytes, metric: str) -> None:
    path = tmp_path / "b.history.jsonl"
    path.write_bytes(content)
    with pytest.raises(DataError):
        read_curve(path, metric)


@pytest.mark.parametrize(
    "line",
    [
        b'{"iteration": 1, "loss": 0.5}',
        b'{"iteration": 2, "loss": NaN}',
        b'{"iteration": 2, "loss": 1e999}',
        b'{"iteration": 2, "loss": "0.5"}',
        b'{"iteration": true, "loss": 0.5}',
        b'{"iteration": 99999999999999999999, "loss": 0.5}',
        b'{"loss": 0.5}',
        b"[" * 5000,
        b"[1, 2]",
        b'"' + b"x" * 20_000 + b'"',
        b"\xff\xfe",
        b"",
    ],
)
def test_a_broken_line_is_named(tmp_path: Path, line: bytes) -> None:
    path = history(tmp_path, {"iteration": 1, "loss": 0.5}, line, {"iteration": 3, "loss": 0.4})
    with pytest.raises(DataError, match="line 2 "):
        read_curve(path, "loss")


def test_a_line_still_being_written_is_left_out(tmp_path: Path) -> None:
    path = history(tmp_path, {"iteration": 1, "loss": 0.5})
    path.write_bytes(path.read_bytes() + b'{"iteration": 2, "lo')
    assert read_curve(path, "loss").y.tolist() == [0.5]


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot read"):
        read_curve(tmp_path / "none.history.jsonl", "loss")
    with pytest.raises(DataError, match="cannot read"):
        read_curve(tmp_path, "loss")
