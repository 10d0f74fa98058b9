"""Libraries that come with an extra only, such as ``pip install 'digitile[figures]'``."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from digitile.errors import UsageError


@contextmanager
def extra(name: str) -> Iterator[None]:
    """Turn the import error of a missing library into a `UsageError` that names its extra."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise UsageError(_missing(str(error.name), name)) from error


def require(name: str, *libraries: str) -> None:
    """Raise `UsageError` unless the libraries of an extra can be imported.

    `name` is the extra that they come with, or several, with commas between them. It is asked
    before long work that ends in using them.
    """
    for library in libraries:
        if find_spec(library) is None:
            raise UsageError(_missing(library, name))


def _missing(library: str, extra_name: str) -> str:
    how = f"pip install 'digitile[{extra_name}]'"
    return f"the library {library} is missing. Install it with: {how}"
