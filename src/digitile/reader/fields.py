"""What a field holds: a rule that the text of a line follows, which the lattice can be asked for.

``length=8``      so many digits
``postal``        5 or 6 digits
``amount``        digits without a needless 0 in front: 0, 1234, or 050 for 0.50
``date``          a day there was: DDMMYYYY, YYYYMMDD, MMDDYYYY, DDMMYY or YYMMDD
``luhn``          the last digit is Luhn's check digit (ISO/IEC 7812-1)
``regex=[12]…``   what Python's regular expression matches from end to end
"""

import datetime
import re
from collections.abc import Callable

from digitile.errors import SettingError

Rule = Callable[[str], bool]
"""Whether a text follows the rule."""

DATES = ("%d%m%Y", "%Y%m%d", "%m%d%Y", "%d%m%y", "%y%m%d")
YEARS = range(1800, 2200)


def parse_field(field: str) -> Rule:
    """Return the rule that a field's text names.

    Raises
    ------
    SettingError
        For an unknown field, or a length or regular expression that is none.
    """
    name, _, value = field.partition("=")
    if name == "length" and value.isascii() and value.isdigit() and 0 < int(value) <= 100:
        length = int(value)
        return lambda text: len(text) == length
    if name == "regex" and value:
        try:
            pattern = re.compile(value)
        except re.error as error:
            raise SettingError(f"{value!r} is no regular expression: {error}.") from None
        return lambda text: pattern.fullmatch(text) is not None
    plain: dict[str, Rule] = {
        "postal": lambda text: len(text) in (5, 6),
        "amount": lambda text: re.fullmatch(r"0|0\d\d|[1-9]\d*", text) is not None,
        "date": is_date,
        "luhn": is_luhn,
    }
    if field in plain:
        return plain[field]
    raise SettingError(
        f"there is no field {field!r}. Give length=N (1 to 100), regex=PATTERN, or one of "
        f"{', '.join(plain)}."
    )


def is_date(text: str) -> bool:
    """Return whether a text is a date in one of DATES, in a year of YEARS."""
    for form in DATES:
        if len(text) != (8 if "%Y" in form else 6):
            continue  # strptime takes fewer digits, too
        try:
            day = datetime.datetime.strptime(text, form)
        except ValueError:
            continue
        if day.year in YEARS:
            return True
    return False


def is_luhn(text: str) -> bool:
    """Return whether digits, at least two, end with Luhn's check digit."""
    doubled = (2 * int(c) for c in text[-2::-2])
    total = sum(map(int, text[-1::-2])) + sum(d - 9 if d > 9 else d for d in doubled)
    return len(text) >= 2 and total % 10 == 0
