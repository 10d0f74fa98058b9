"""Field rules and values, against other ways to say the same."""

import contextlib
import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitile.errors import SettingError
from digitile.reader.fields import ORDERS, Value, days, is_luhn, number, parse_field

TEXTS = st.text("0123456789", max_size=20)
MARKED = st.text("0123456789.,-/", max_size=12)
FORMS = {
    order: [
        "".join(f"%{name}" for name in order),
        "".join(f"%{name}" for name in order).replace("Y", "y"),
        ".".join(f"%{name}" for name in order),
        "/".join(f"%{name}" for name in order).replace("Y", "y"),
    ]
    for order in ("dmY", "mdY", "Ymd")
}


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
    assert parse_field("luhn").fits("7992-739871-3")


@given(st.dates(datetime.date(1969, 1, 1), datetime.date(2068, 12, 31)), st.sampled_from([*FORMS]))
def test_every_day_is_a_date_in_every_form(day: datetime.date, order: str) -> None:
    for form in FORMS[order]:
        text, notation = day.strftime(form), f"date={order.upper()}"
        assert parse_field("date").fits(text)
        assert parse_field(notation).fits(text)
        assert parse_field(notation).value(text, ()) == (day.isoformat(), None)
        told = parse_field("date").value(text, ())
        several = len(set(days(text, ORDERS).values())) > 1
        assert (told.text is None) == (told.note is not None) == several
        assert day.isoformat() in (told.text or told.note or "")


@pytest.mark.parametrize(
    "text",
    ["", "3", "00000000", "99999999", "1231999", "45671234", "999999", "31.2.2024", "1.1.999",
     "1-2", "1.2.3.4", "/1/2/24"],
)  # fmt: skip
def test_what_is_no_date(text: str) -> None:
    assert not parse_field("date").fits(text)


def test_a_day_of_one_digit_and_marks_that_were_missed() -> None:
    assert parse_field("date=DMY").value("3/4/2024", ()).text == "2024-04-03"
    assert parse_field("date=MDY").value("3/4/24", ()).text == "2024-03-04"
    assert parse_field("date").value("31/122024", ()).text == "2024-12-31"
    assert parse_field("date").value("05.05.2024", ()).text == "2024-05-05"  # in every order
    note = parse_field("date").value("03042024", ()).note
    assert note == "2024-04-03 (DMY) or 2024-03-04 (MDY): give its order, such as date=DMY"


@given(TEXTS, st.integers(1, 100))
def test_length(text: str, length: int) -> None:
    assert parse_field(f"length={length}").fits(text) == (len(text) == length)


@pytest.mark.parametrize(
    ("field", "fitting", "misfits"),
    [
        ("length=3", ["123", "1-23", "12,3"], ["12", "1-2"]),
        ("postal", ["100084", "90210", "902-10"], ["1000", "1234567", ""]),
        (
            "amount",
            ["0", "7", "1200", "050", "007", "0,5"],
            ["", "00", "0123", "1/2", "1-2", "--1"],
        ),
        ("regex=4[0-9]{3}", ["4711", "47.11"], ["14711", "47110", "5711"]),
        (r"regex=\d+,\d\d", ["4,11"], ["411", "4.11"]),
    ],
)
def test_other_rules(field: str, fitting: list[str], misfits: list[str]) -> None:
    rule = parse_field(field).fits
    assert [text for text in fitting if not rule(text)] == []
    assert [text for text in misfits if rule(text)] == []


@pytest.mark.parametrize(
    "field",
    ["", "length", "length=", "length=0", "length=101", "length=x", "length=²", "regex=", "regex=(",
     "length=" + "9" * 5000, "date=1", "date=", "date=YDM", "date=dmy", "zip", "luhn "],
)  # fmt: skip
def test_what_is_no_rule(field: str) -> None:
    with pytest.raises(SettingError, match=r"no field|no regular"):
        parse_field(field)


@given(st.text(max_size=15), MARKED)
def test_any_text_gives_a_rule_or_a_typed_error(field: str, text: str) -> None:
    with contextlib.suppress(SettingError):
        assert parse_field(field).fits(text) in (True, False)


@given(st.sampled_from(["amount", "date", "date=YMD", "luhn", "postal"]), MARKED)
def test_what_fits_has_a_value_or_is_one(field: str, text: str) -> None:
    rule = parse_field(field)
    if rule.fits(text):
        value = rule.value(text, (text,))
        assert (field in ("luhn", "postal")) == (value == Value())


@pytest.mark.parametrize(
    ("text", "groups", "value"),
    [
        ("1250", ["12", "50"], "12.50"),
        ("123450", ["1", "234", "50"], "1234.50"),
        ("1234", ["1", "234"], "1234"),
        ("1250", ["1250"], "1250"),
        ("050", ["050"], "0.50"),
        ("12,50", ["12", "50"], "12.50"),
        ("12.5", ["12", "5"], "12.50"),
        ("1.234,50", ["1", "234", "50"], "1234.50"),
        ("1,234.50", ["1", "234", "50"], "1234.50"),
        ("1.234", ["1", "234"], "1234"),
        ("12,-", ["12"], "12"),
        ("-7", ["7"], "-7"),
        ("-1250", ["12", "50"], "-12.50"),
        ("-0,05", ["0", "05"], "-0.05"),
    ],
)
def test_amounts(text: str, groups: list[str], value: str) -> None:
    field = parse_field("amount")
    assert field.fits(text)
    assert field.value(text, groups) == (value, None)


@given(st.decimals(-(10**9), 10**9, allow_nan=False, places=2))
def test_amounts_of_any_size_with_and_without_thousands(truth: Decimal) -> None:
    plain, english = f"{truth:.2f}", f"{truth:,.2f}"
    swapped = english.translate(str.maketrans(".,", ",."))
    for text in (plain, plain.replace(".", ","), english, swapped):
        assert parse_field("amount").value(text, ()) == (plain, None)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12,5", "12.5"),
        ("-7", "-7"),
        ("-12.50", "-12.50"),
        ("0,125", "0.125"),
        ("1.234,5", "1234.5"),
        ("1,234,567", "1234567"),
        ("125", None),
        ("31.12.2024", None),
        ("1/2", None),
        ("7-", None),
        ("-", None),
        ("", None),
        (",5", None),
    ],
)
def test_numbers_without_a_rule(text: str, value: str | None) -> None:
    assert number(text) == (value, None)


def test_a_comma_that_may_part_thousands() -> None:
    assert number("-1,234") == (None, "-1.234 or -1234")
