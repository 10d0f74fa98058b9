"""Rows: the same as JSON Lines and as Parquet, and what the reader has said."""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitile.bulk.rows import check_form, failed_row, join, rows_of, write_rows
from digitile.errors import UsageError
from digitile.reader import Alternative, Box, Line, Reading

SIDES = st.integers(0, 2**31 - 1)
TEXTS = st.text("0123456789", max_size=30)
SHARES = st.floats(0, 1)
OTHERS = st.lists(st.builds(Alternative, TEXTS, SHARES), max_size=3).map(tuple)
LINES = st.builds(
    Line,
    text=TEXTS,
    confidence=SHARES,
    accepted=st.booleans(),
    box=st.builds(Box, SIDES, SIDES, SIDES, SIDES),
    digits=st.just(()),
    marks=st.just(()),
    groups=st.lists(TEXTS, max_size=3).map(tuple),
    alternatives=OTHERS,
    repaired=st.none() | TEXTS,
    value=st.none() | st.just("2024-02-29") | TEXTS,
    note=st.none() | TEXTS,
)
PAGES = st.builds(
    Reading,
    st.none(),
    st.integers(1, 200),
    st.lists(LINES, max_size=3).map(tuple),
    st.none() | st.text(),
    st.sampled_from([0, 90, 180, 270]),
)


def parquet(rows: bytes) -> list[dict[str, Any]]:
    file = io.BytesIO()
    write_rows(rows, "parquet", file)
    return pq.read_table(file).to_pylist()


@settings(deadline=None)  # pyarrow is imported at the first
@given(st.lists(PAGES, min_size=1, max_size=4), st.integers(0, 2**40))
def test_both_forms_hold_what_was_read(pages: list[Reading], number: int) -> None:
    rows = rows_of(number, Path("p.png"), pages) + failed_row(number + 1, Path("q"), "why")
    told = [json.loads(line) for line in rows.splitlines()]
    assert parquet(rows) == told
    *told, last = told
    assert (last["number"], last["path"], last["page"]) == (number + 1, "q", None)
    assert (last["reason"], last["failed"], last["text"]) == ("why", True, None)
    truth = [
        (page, place, line) for page in pages for place, line in enumerate(page.lines or (None,), 1)
    ]
    assert len(told) == len(truth)
    for row, (page, place, line) in zip(told, truth, strict=True):
        assert (row["number"], row["page"], row["turned"]) == (number, page.page, page.turned)
        assert (row["line"], row["failed"]) == (place if line else None, False)
        if line is None:
            assert row["text"] is row["box"] is row["accepted"] is None
        else:
            assert row["text"] == line.text
            assert row["confidence"] == line.confidence
            assert row["box"] == vars(line.box)
            assert row["groups"] == list(line.groups)
            assert row["alternatives"] == [vars(other) for other in line.alternatives]
            assert (row["value"], row["note"]) == (line.value, line.note)
            assert row["repaired"] == line.repaired


def test_names_that_are_no_text() -> None:
    rows = failed_row(0, Path("a\udcff\n.png"), "'\udcff' is broken")
    assert json.loads(rows)["path"] == "a\ufffd\n.png"
    assert parquet(rows) == [json.loads(rows)]


def test_joined_files_hold_all_rows_in_large_groups(tmp_path: Path) -> None:
    total = 70_000
    for form in ("jsonl", "parquet"):
        parts = []
        for part, numbers in enumerate(np.array_split(np.arange(total), 7)):
            rows = b"".join(failed_row(int(number), Path("p"), "why") for number in numbers)
            parts.append(tmp_path / f"{part}.{form}")
            with parts[-1].open("wb") as file:
                write_rows(rows, form, file)
        with (tmp_path / f"all.{form}").open("wb") as file:
            join(parts, form, file)
    table = pq.ParquetFile(tmp_path / "all.parquet")
    assert table.metadata.num_row_groups == 1
    assert table.read()["number"].to_pylist() == list(range(total))
    with (tmp_path / "all.jsonl").open() as lines:
        assert [json.loads(line)["number"] for line in lines] == list(range(total))


@pytest.mark.parametrize("form", ["", "csv", "jsonl.gz"])
def test_other_forms(form: str) -> None:
    with pytest.raises(UsageError, match=r"\.jsonl or \.parquet"):
        check_form(form)
