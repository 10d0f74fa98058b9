"""Histories, whole and broken."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digitile.errors import DataError
from digitile.inspect.history import METRICS, read_curve
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


FIRST = {
    "iteration": 1, "epoch": 1, "loss": 0.5, "smoothed": 0.5, "lr": 0.1, "accuracy": 0.9,
}  # fmt: skip


def second(**changes: Any) -> dict[str, Any]:
    return {**FIRST, "iteration": 2, **changes}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (FIRST, "iteration 1 follows 1"),
        (second(loss=math.nan), "not JSON"),
        (json.dumps(second()).replace("0.5", "1e999").encode(), "out of range"),
        (second(loss="0.5"), "expected `float`, got `str`"),
        (second(iteration=True), "expected `int`, got `bool`"),
        (second(iteration=10**20), "follows 1"),
        ({"iteration": 2, "loss": 0.5}, "missing required field"),
        (b"[" * 5000, "got `array`"),
        (b'{"other": ' + b"[" * 5000, "not JSON"),
        ([1, 2], "got `array`"),
        (b'"' + b"x" * 20_000 + b'"', "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"", "not JSON"),
    ],
)
def test_a_broken_line_is_named(tmp_path: Path, line: Any, message: str) -> None:
    path = history(tmp_path, FIRST, line, second(iteration=3))
    with pytest.raises(DataError, match=f"line 2.*{message}"):
        read_curve(path, "loss")


def test_a_line_still_being_written_is_left_out(tmp_path: Path) -> None:
    path = history(tmp_path, FIRST)
    path.write_bytes(path.read_bytes() + b'{"iteration": 2, "lo')
    assert read_curve(path, "loss").y.tolist() == [0.5]


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot read"):
        read_curve(tmp_path / "none.history.jsonl", "loss")
    with pytest.raises(DataError, match="cannot read"):
        read_curve(tmp_path, "loss")
