"""What a field holds: a rule that the text of a line follows, which the lattice can be asked for.

``length=8``      so many digits
``postal``        5 or 6 digits
``amount``        digits without a needless 0 in front: 0, 1234, or 050 for 0.50; its value has a
                  point before the last two where a mark or gap parts these from the rest
``date``          a day there was: DDMMYYYY, YYYYMMDD, MMDDYYYY, DDMMYY or YYMMDD, the first of
                  these that fits; its value is YYYY-MM-DD
``luhn``          the last digit is Luhn's check digit (ISO/IEC 7812-1)
``regex=[12]…``   what Python's regular expression matches from end to end
"""

import datetime
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from digitile.errors import SettingError

DATES = ("%d%m%Y", "%Y%m%d", "%m%d%Y", "%d%m%y", "%y%m%d")
YEARS = range(1800, 2200)


def _no_value(_: str, __: Sequence[str]) -> None:
    return None


@dataclass(frozen=True)
class Field:
    """What is known of a text before it is read.

    Attributes
    ----------
    fits : function
        Whether a text, digits only, follows the rule.
    value : function
        What a text that fits stands for, given its groups as well; None where that is the text.
    """

    fits: Callable[[str], bool]
    value: Callable[[str, Sequence[str]], str | None] = _no_value


def parse_field(field: str) -> Field:
    """Return what a field's notation names.

    Raises
    ------
    SettingError
        For an unknown field, or a length or regular expression that is none.
    """
    name, _, value = field.partition("=")
    if name == "length" and value.isascii() and value.isdigit() and 0 < int(value) <= 100:
        length = int(value)
        return Field(lambda text: len(text) == length)
    if name == "regex" and value:
        try:
            pattern = re.compile(value)
        except re.error as error:
            raise SettingError(f"{value!r} is no regular expression: {error}.") from None
        return Field(lambda text: pattern.fullmatch(text) is not None)
    plain = {
        "postal": Field(lambda text: len(text) in (5, 6)),
        "amount": Field(is_amount, amount),
        "date": Field(is_date, date),
        "luhn": Field(is_luhn),
    }
    if field in plain:
        return plain[field]
    raise SettingError(
        f"there is no field {field!r}. Give length=N (1 to 100), regex=PATTERN, or one of "
        f"{', '.join(plain)}."
    )


def is_amount(text: str) -> bool:
    """Return whether a text is an amount of money: no needless 0 in front."""
    return re.fullmatch(r"0|0\d\d|[1-9]\d*", text) is not None


def amount(text: str, groups: Sequence[str]) -> str:
    """Return an amount with its point: 050 and, in groups, 0 50 are 0.50; 1 234 50 is 1234.50."""
    has_cents = (len(text) == 3 and text[0] == "0") or (len(groups) > 1 and len(groups[-1]) == 2)
    return f"{text[:-2]}.{text[-2:]}" if has_cents else text


def is_date(text: str) -> bool:
    """Return whether a text is a date in one of DATES, in a year of YEARS."""
    return _day(text) is not None


def date(text: str, _: Sequence[str]) -> str | None:
    """Return a date as YYYY-MM-DD (ISO 8601)."""
    day = _day(text)
    return None if day is None else day.isoformat()


def _day(text: str) -> datetime.date | None:
    for form in DATES:
        if len(text) != (8 if "%Y" in form else 6):
            continue  # strptime takes fewer digits, too
        try:
            day = datetime.datetime.strptime(text, form).date()
        except ValueError:
            continue
        if day.year in YEARS:
            return day
    return None


def is_luhn(text: str) -> bool:
    """Return whether digits, at least two, end with Luhn's check digit."""
    doubled = (2 * int(c) for c in text[-2::-2])
    total = sum(map(int, text[-1::-2])) + sum(d - 9 if d > 9 else d for d in doubled)
    return len(text) >= 2 and total % 10 == 0
