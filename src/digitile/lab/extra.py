"""Libraries that come with ``pip install digitile[lab]`` only."""

from collections.abc import Iterator
from contextlib import contextmanager

from digitile.errors import UsageError


@contextmanager
def extra() -> Iterator[None]:
    """Turn the import error of a missing library into one that says how to get it.

    Raises
    ------
    UsageError
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise UsageError(
            f"the library {error.name} is missing. Install it with: pip install 'digitile[lab]'"
        ) from error
