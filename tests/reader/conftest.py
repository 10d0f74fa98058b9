"""The bundled model, loaded once."""

import pytest

from digitile.reader import Reader


@pytest.fixture(scope="session")
def reader() -> Reader:
    return Reader.load(engine="tile")
