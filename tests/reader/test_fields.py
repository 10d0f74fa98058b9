"""Field rules, against other ways to say the same."""

import contextlib
import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitile.errors import SettingError
from digitile.reader.fields import DATES, is_date, is_luhn, parse_field

TEXTS = st.text("0123456789", max_size=20)


@given(TEXTS)
def test_luhn_catches_every_wrong_digit_and_gives_one_check_digit(text: str) -> None:
    fitting = [d for d in "0123456789" if is_luhn(text + d)]
    assert len(fitting) == (1 if text else 0)
    if text:
        right = text + fitting[0]
        for i, digit in enumerate(right):
            assert not is_luhn(right[:i] + str((int(digit) + 3) % 10) + right[i + 1 :])


def test_luhn_of_a_known_number() -> None:
    assert is_luhn("79927398713")  # the example of ISO/IEC 7812-1's usual explanation
    assert not is_luhn("79927398710")
    assert not is_luhn("0")


@given(st.dates(datetime.date(1969, 1, 1), datetime.date(2068, 12, 31)), st.sampled_from(DATES))
def test_every_day_is_a_date_in_every_form(day: datetime.date, form: str) -> None:
    assert is_date(day.strftime(form))


@pytest.mark.parametrize("text", ["", "3", "00000000", "99999999", "1231999", "45671234", "999999"])
def test_what_is_no_date(text: str) -> None:
    assert not is_date(text)


@given(TEXTS, st.integers(1, 100))
def test_length(text: str, length: int) -> None:
    assert parse_field(f"length={length}").fits(text) == (len(text) == length)


@pytest.mark.parametrize(
    ("field", "fitting", "misfits"),
    [
        ("postal", ["100084", "90210"], ["1000", "1234567", ""]),
        ("amount", ["0", "7", "1200", "050", "007"], ["", "00", "0123"]),
        ("regex=4[0-9]{3}", ["4711"], ["14711", "47110", "5711"]),
    ],
)
def test_other_rules(field: str, fitting: list[str], misfits: list[str]) -> None:
    rule = parse_field(field).fits
    assert all(map(rule, fitting))
    assert not any(map(rule, misfits))


@pytest.mark.parametrize(
    "field",
    ["", "length", "length=", "length=0", "length=101", "length=x", "length=²", "regex=", "regex=(",
     "date=1", "zip", "luhn "],
)  # fmt: skip
def test_what_is_no_rule(field: str) -> None:
    with pytest.raises(SettingError, match=r"no field|no regular"):
        parse_field(field)


@given(st.text(max_size=15))
def test_any_text_gives_a_rule_or_a_typed_error(field: str) -> None:
    with contextlib.suppress(SettingError):
        assert parse_field(field).fits("2047") in (True, False)


@pytest.mark.parametrize(
    ("field", "groups", "value"),
    [
        ("amount", ["12", "50"], "12.50"),
        ("amount", ["1", "234", "50"], "1234.50"),
        ("amount", ["1", "234"], "1234"),
        ("amount", ["1250"], "1250"),
        ("amount", ["050"], "0.50"),
        ("date", ["08", "03", "1990"], "1990-03-08"),
        ("date", ["19900308"], "1990-03-08"),
        ("date", ["12312024"], "2024-12-31"),
        ("postal", ["10115"], None),
        ("length=2", ["10"], None),
    ],
)
def test_values(field: str, groups: list[str], value: str | None) -> None:
    known = parse_field(field)
    assert known.fits("".join(groups))
    assert known.value("".join(groups), groups) == value
