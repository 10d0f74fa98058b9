import pytest
from scene_materials import mnist, unipen

from digitile.scenes import Materials


@pytest.fixture(scope="session")
def materials() -> Materials:
    pen = unipen()
    return Materials(mnist(40), pen.digits, pen.signs, pen.words, [], kept_apart=False)
