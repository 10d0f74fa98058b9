"""Libraries that come with an extra only, such as ``pip install 'digitile[lab]'``."""

from collections.abc import Iterator
from contextlib import contextmanager

from digitile.errors import UsageError


@contextmanager
def extra(name: str) -> Iterator[None]:
    """Turn the import error of a missing library into one that says how to get it.

    Parameters
    ----------
    name : str
        The extra that it comes with.

    Raises
    ------
    UsageError
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise UsageError(
            f"the library {error.name} is missing. Install it with: pip install 'digitile[{name}]'"
        ) from error
