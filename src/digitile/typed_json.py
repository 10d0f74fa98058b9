"""JSON as typed values: msgspec checks each against its type, and what does not fit is our error.

Types are classes with annotated fields (dataclasses, or `msgspec.Struct`) and what is made of them.
"""

from typing import Any, TypeVar

import msgspec

from digitile.errors import DigitileError

T = TypeVar("T")


def decode(content: bytes, kind: type[T], *, error: type[DigitileError], where: str, fix: str) -> T:
    """Return the value that a JSON text holds.

    Raises `error`, saying `where`, what does not fit and what was expected, and `fix`.

    Parameters
    ----------
    content : bytes
        The whole text, UTF-8. NaN and infinities are no JSON.
    kind : type
        What the value has to be.
    error : type of DigitileError
        What is raised where it is something else.
    where : str
        Where the text is from: a file, perhaps with the line.
    fix : str
        What to do about a wrong text, a sentence.
    """
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.ValidationError as found:
        raise error(_message(where, found, fix)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as found:
        raise error(f"{where} is not JSON: {found}. {fix}") from None


def convert(value: Any, kind: type[T], *, error: type[DigitileError], where: str, fix: str) -> T:
    """Return a value of JSON's own types as one of type `kind`; all else is as in `decode`."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as found:
        raise error(_message(where, found, fix)) from None


def _message(where: str, found: msgspec.ValidationError, fix: str) -> str:
    what = str(found)
    return f"{where}: {what[:1].lower()}{what[1:]}. {fix}"
