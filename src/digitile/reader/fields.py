"""What a field holds: a rule that the text of a line follows, and the value that it stands for.

``length=8``      so many digits
``postal``        5 or 6 digits
``amount``        an amount of money: 1234, 12,50, 1.234,50, -7.00; where there is no mark, a gap
                  parts the last two digits from the rest, and 050 is 0.50
``date``          a day there was, of 6 or 8 digits or of three numbers between marks: 31.12.2024;
                  its value is YYYY-MM-DD, where all orders that fit give the same day
``date=DMY``      the same in one order; also MDY and YMD
``luhn``          the last digit is Luhn's check digit (ISO/IEC 7812-1)
``regex=[12]…``   what Python's regular expression matches from end to end, marks left out or not

Rules look at digits; only amounts, dates and regular expressions look at marks, too.
"""

import datetime
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

from digitile.errors import SettingError

ORDERS = ("DMY", "MDY", "YMD")
"""Of day, month and year in a date."""

YEARS = range(1800, 2200)

_DIGITS = frozenset("0123456789")
_AMOUNT = re.compile(r"(-?)(\d{1,3}(?:[.,]\d{3})+|\d+)(?:[.,](\d\d?))?[.,]?-?", re.ASCII)
_THREE = re.compile(r"(\d+)[.,/-](\d+)[.,/-](\d+)", re.ASCII)


class Value(NamedTuple):
    """What a text stands for.

    Attributes
    ----------
    text : str or None
        None where that is the text itself, or is not certain.
    note : str or None
        Why it is not certain.
    """

    text: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class Field:
    """What is known of a text before it is read.

    Attributes
    ----------
    fits : function
        Whether a text of digits and marks follows the rule.
    value : function
        What a text that fits stands for, given its groups as well.
    """

    fits: Callable[[str], bool]
    value: Callable[[str, Sequence[str]], Value] = lambda _, __: Value()


def parse_field(field: str) -> Field:
    """Return what a field's notation names.

    Raises
    ------
    SettingError
        For an unknown field, or a length, order or regular expression that is none.
    """
    name, _, value = field.partition("=")
    if name == "length" and re.fullmatch("[1-9][0-9]?|100", value):
        length = int(value)
        return Field(lambda text: len(digits_of(text)) == length)
    if name == "regex" and value:
        try:
            pattern = re.compile(value)
        except re.error as error:
            raise SettingError(f"{value!r} is no regular expression: {error}.") from None
        return Field(lambda text: any(map(pattern.fullmatch, (text, digits_of(text)))))
    if name == "date" and (field == name or value in ORDERS):
        orders = (value,) if value else ORDERS
        return Field(lambda text: bool(days(text, orders)), lambda text, _: date(text, orders))
    plain = {
        "postal": Field(lambda text: len(digits_of(text)) in (5, 6)),
        "amount": Field(lambda text: amount(text, ()) is not None, _amount_value),
        "luhn": Field(lambda text: is_luhn(digits_of(text))),
    }
    if field in plain:
        return plain[field]
    raise SettingError(
        f"there is no field {field!r}. Give length=N (1 to 100), regex=PATTERN, date, "
        f"date={', date='.join(ORDERS)}, or one of {', '.join(plain)}."
    )


def digits_of(text: str) -> str:
    """Return a text without its marks."""
    return "".join(sign for sign in text if sign in _DIGITS)


def number(text: str) -> Value:
    """Return the decimal number that a text with marks is: 12,5 is 12.5, and -7 is -7.

    A comma or point may part thousands or be the decimal one: where both are possible, as in
    1,234, the note says so. Digits alone have no value but themselves.
    """
    if text == digits_of(text):
        return Value()
    found = [text.replace(",", ".")] if re.fullmatch(r"-?\d+([.,]\d+)?", text, re.ASCII) else []
    for thousands, point in (".,", ",."):
        form = rf"-?[1-9]\d?\d?([{thousands}]\d{{3}})+([{point}]\d+)?"
        if re.fullmatch(form, text, re.ASCII):
            found.append(text.replace(thousands, "").replace(point, "."))
    return Value(None, " or ".join(found)) if len(found) > 1 else Value(*found)


def amount(text: str, groups: Sequence[str]) -> str | None:
    """Return an amount with its point, or None where a text is none.

    Parameters
    ----------
    text : str
    groups : sequence of str
        Its digits, parted at gaps: 1 234 50 is 1234.50. They count where there is no mark.
    """
    match = _AMOUNT.fullmatch(text)
    if match is None:
        return None
    sign, whole, cents = match.groups()
    whole = digits_of(whole)
    if text in (whole, f"-{whole}") and (
        (len(whole) == 3 and whole[0] == "0") or (len(groups) > 1 and len(groups[-1]) == 2)
    ):
        whole, cents = whole[:-2], whole[-2:]
    if whole != "0" and whole[0] == "0":
        return None
    return f"{sign}{whole}" if cents is None else f"{sign}{whole}.{cents:0<2}"


def _amount_value(text: str, groups: Sequence[str]) -> Value:
    return Value(amount(text, groups))


def date(text: str, orders: Sequence[str]) -> Value:
    """Return the one day that a text can be, as YYYY-MM-DD (ISO 8601), or a note of several."""
    found = days(text, orders)
    told = [day.isoformat() for day in found.values()]
    if len(set(told)) > 1:
        either = " or ".join(f"{day} ({order})" for order, day in found.items())
        return Value(None, f"{either}: give its order, such as date={next(iter(found))}")
    return Value(told[0]) if told else Value()


def days(text: str, orders: Sequence[str]) -> dict[str, datetime.date]:
    """Return the days that a text can be, by the order that it is read in."""
    found = {}
    for order in orders:
        day = _day(text, order)
        if day is not None:
            found[order] = day
    return found


def _day(text: str, order: str) -> datetime.date | None:
    match, digits = _THREE.fullmatch(text), digits_of(text)
    parts = dict(zip(order, match.groups() if match else (), strict=False))
    fits = match and len(parts["Y"]) in (2, 4) and len(parts["D"]) < 3 and len(parts["M"]) < 3
    if not fits:
        if len(digits) not in (6, 8):
            return None
        rest = digits
        for name in order:
            width = len(digits) - 4 if name == "Y" else 2
            parts[name], rest = rest[:width], rest[width:]
    year = "%Y" if len(parts["Y"]) == 4 else "%y"
    told = f"{parts['Y']}-{parts['M']}-{parts['D']}"
    with suppress(ValueError):  # no such day
        day = datetime.datetime.strptime(told, f"{year}-%m-%d").date()
        return day if day.year in YEARS else None
    return None


def is_luhn(text: str) -> bool:
    """Return whether digits, at least two, end with Luhn's check digit."""
    doubled = (2 * int(c) for c in text[-2::-2])
    total = sum(map(int, text[-1::-2])) + sum(d - 9 if d > 9 else d for d in doubled)
    return len(text) >= 2 and total % 10 == 0
