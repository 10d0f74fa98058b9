"""Forms' files: what is written is read again; what is no form is one typed error."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitile.errors import FormFileError, UsageError
from digitile.forms import Form, FormField, load_form, parse_form, write_form
from digitile.forms.form import MOST_BYTES, form_text
from tests.forms.sheets import EXAMPLE, form
from tests.spoiled import changed

GOOD = (EXAMPLE / "form.toml").read_bytes()


@pytest.mark.parametrize("anchor", ["marks", "frame", "boxes", "sheet"])
def test_written_and_read(tmp_path: Path, anchor: str) -> None:
    write_form(tmp_path / "form.toml", form(anchor))
    assert load_form(str(tmp_path / "form.toml")) == form(anchor)
    with pytest.raises(UsageError, match="cannot write"):
        write_form(tmp_path / "none" / "form.toml", form(anchor))


def test_cells_lie_side_by_side() -> None:
    field = FormField("number", (10.0, 20.0, 80.0, 30.0), 4)
    cells = field.cell_corners
    assert cells.shape == (4, 4, 2)
    assert cells[1].tolist() == [[30, 20], [50, 20], [50, 50], [30, 50]]
    np.testing.assert_array_equal(cells[0, [0, 3]], field.corners[[0, 3]])
    np.testing.assert_array_equal(cells[3, [1, 2]], field.corners[[1, 2]])


@settings(max_examples=100, deadline=None)
@given(
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=20),
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=20),
)
def test_any_name_and_rule_survive_the_file(name: str, pattern: str) -> None:
    """What `parse_form` accepts is what was written; what it does not is refused, not mangled."""
    given = Form(10, 10, (FormField(name, (1.0, 2.0, 3.0, 4.0), 2, f"regex={pattern}"),))
    try:
        assert parse_form(form_text(given).encode()) == given
    except FormFileError:
        assert not (name.isalnum() and pattern.isalnum() and pattern.isascii())


def field(**changes: Any) -> str:
    told = {"name": '"a"', "box": "[1, 2, 30, 40]"} | changes
    return "[[fields]]\n" + "\n".join(f"{key} = {value}" for key, value in told.items())


def sheet(*fields: str, head: str = "width = 100\nheight = 100") -> bytes:
    return "\n".join((head, *fields)).encode()


FRAME = 'width = 100\nheight = 100\nanchor = "frame"\n'


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "missing required field `width`"),
        (b"width = ", "is no TOML"),
        (b"\xff\xfe", "is no TOML"),
        (b"a = " + b"[" * 100_000, "is no TOML"),
        (b"#" * (MOST_BYTES + 1), "more than 1000000 bytes"),
        (sheet(), "`fields`"),
        (sheet("fields = []"), "0 fields"),
        (sheet(*[field(name=f'"f{n}"') for n in range(501)]), "501 fields"),
        (sheet(field(), head="width = 0\nheight = 1"), "the width is 0"),
        (sheet(field(), head="width = nan\nheight = 1"), "the width is nan"),
        (sheet(field(), head="width = inf\nheight = 1"), "the width is inf"),
        (sheet(field(), head='width = "9"\nheight = 1'), "expected `float`"),
        (sheet(field(), head="width = 9\nheight = 9\ncolour = 1"), "unknown field `colour`"),
        (sheet(field(size="3")), "unknown field `size`"),
        (sheet(field(), field()), "2 fields are named 'a'"),
        (sheet(field(name='""')), "a field is named ''"),
        (sheet(field(name='"=1+1"')), "begins with a letter or digit"),
        (sheet(field(name='"a\\u001b[2J"')), "printable characters"),
        (sheet(field(name=f'"{"a" * 65}"')), "1 to 64"),
        (sheet(field(name='"page"')), "another column"),
        (sheet(field(box="[1, 2, 3]")), "length 4"),
        (sheet(field(box="[90, 2, 30, 40]")), "must lie on the sheet of 100×100"),
        (sheet(field(box="[-1, 2, 30, 40]")), "must lie on the sheet"),
        (sheet(field(box="[1, 2, 0, 40]")), "must lie on the sheet"),
        (sheet(field(box="[nan, 2, 30, 40]")), "must lie on the sheet"),
        (sheet(field(cells="0")), "has 0 cells"),
        (sheet(field(cells="101")), "has 101 cells"),
        (sheet(field(cells="1.5")), "expected `int`"),
        (sheet(field(rule='"shoe"')), "the rule of 'a' is wrong: there is no field 'shoe'"),
        (sheet(field(rule='"regex=("')), "is no regular expression"),
        (sheet(field(), head='width = 9\nheight = 9\nanchor = "nail"'), "nail"),
        (sheet(field(), head=FRAME), "needs four points"),
        (sheet(field(), head="width = 9\nheight = 9\npoints = [[1, 1]]"), "takes no points"),
        (sheet(field(), head=FRAME + "points = [[1, 1], [9, 9]]"), "there are 2 points"),
        (sheet(field(), head=FRAME + "points = [[1,1],[1,9],[9,9],[9,1]]"), "clockwise"),
        (sheet(field(), head=FRAME + "points = [[9,1],[9,9],[1,9],[1,1]]"), "clockwise"),
        (sheet(field(), head=FRAME + "points = [[1,1],[1,1],[1,1],[1,1]]"), "clockwise"),
        (sheet(field(), head=FRAME + "points = [[nan,1],[9,1],[9,9],[1,9]]"), "points"),
    ],
)
def test_what_is_no_form(content: bytes, words: str) -> None:
    with pytest.raises(FormFileError) as caught:
        parse_form(content, "the form")
    assert words in str(caught.value)
    assert str(caught.value).startswith("the form")
    assert "\n" not in str(caught.value)


def test_what_is_no_file(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.toml", "two\nlines\0.toml", Path("/dev/null")):
        with pytest.raises(FormFileError) as caught:
            load_form(path)
        assert "\n" not in str(caught.value)


def parse_or_refuse(content: bytes) -> None:
    try:
        found = parse_form(content)
    except FormFileError:
        return
    assert parse_form(form_text(found).encode()).names == found.names


@settings(max_examples=200, deadline=None)
@given(changed(GOOD, most=4))
def test_changed_bytes(content: bytes) -> None:
    parse_or_refuse(content)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, len(GOOD)), st.binary(max_size=100))
def test_garbage_behind_a_true_beginning(size: int, rest: bytes) -> None:
    parse_or_refuse(GOOD[:size] + rest)
