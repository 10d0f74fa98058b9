"""How the network is shown a picture, and what becomes of its answers."""

from pathlib import Path

import numpy as np
import pytest

from digitile.engines import make_engine
from digitile.errors import SettingError
from digitile.model import Model, bundled_model, load_model
from digitile.nn import Network
from digitile.nn.preprocess import Preprocess
from digitile.reader import Reader
from digitile.reader.sight import CLASSES, STRIDE, UNIT, Sight, check_model
from digitile.reader.tuned import TILE

NETWORK = "1x128x192 - 2C3s2same - ReLU - 4C3s2same - ReLU - 19C1 - focal(2)+box(0.1)"


def model_of(network: str, classes: tuple[str, ...] = CLASSES) -> Model:
    net = Network.parse(network)
    theta = np.random.default_rng(0).normal(0, 0.1, net.arena.size).astype(np.float32)
    return Model(
        net,
        theta,
        Preprocess("scale", *np.array([0, 1 / 255], np.float32).reshape(2, 1, 1, 1)),
        classes,
    )


def test_which_models_read_pages(tmp_path: Path) -> None:
    check_model(load_model(bundled_model()))
    check_model(model_of(NETWORK))
    for network, classes in (
        ("1x28x28 - 10N - softmax", tuple("0123456789")),
        (NETWORK.removesuffix("+box(0.1)").replace("19C1", "15C1"), CLASSES),
        (NETWORK, CLASSES[::-1]),
    ):
        with pytest.raises(SettingError, match="sees no digits on pages"):
            check_model(model_of(network, classes))
    assert Reader.load().model.classes == CLASSES


class Spots:
    """An engine that sees a 7 of 16×16 pixels at each place whose middle is bright."""

    def __init__(self) -> None:
        self.sizes: list[tuple[int, ...]] = []

    def scores(self, _theta: np.ndarray, x: np.ndarray) -> np.ndarray:
        self.sizes.append(x.shape[2:])
        middles = x[0, 0, STRIDE // 2 :: STRIDE, STRIDE // 2 :: STRIDE]
        maps = np.zeros((1, len(CLASSES) + 4, *middles.shape), np.float32)
        maps[0, 7] = 0.9 * (middles > 0.9)
        maps[0, len(CLASSES) - 1] = 1 - maps[0, 7]
        return maps


@pytest.mark.parametrize("size", [(30, 50), (128, 700), (900, 1100)])
def test_boxes_are_in_pixels_of_the_picture_whatever_its_size(size: tuple[int, int]) -> None:
    gray = np.full(size, 60, np.uint8)
    rng = np.random.default_rng(1)
    cells = [(y, x) for y in range(12, size[0] - 12, 28) for x in range(12, size[1] - 12, 28)]
    spots = np.array([cells[i] for i in rng.permutation(len(cells))[:40]])
    for y, x in spots:
        gray[y - 2 : y + 2, x - 2 : x + 2] = 255
    engine = Spots()
    found = Sight(model_of(NETWORK), engine).see(gray)  # type: ignore[arg-type]
    assert len(found.p) == len(spots)
    order = np.lexsort(np.rint(found.centre / 28).T)
    np.testing.assert_allclose(
        found.centre[order], spots[np.lexsort(np.rint(spots / 28).T[::-1])][:, ::-1], atol=3
    )
    np.testing.assert_allclose(found.width, UNIT)
    np.testing.assert_allclose(found.p.sum(axis=1), 1, rtol=1e-6)
    assert max(height for height, _ in engine.sizes) <= TILE[0] + 32
    assert {side % 32 for shape in engine.sizes for side in shape} == {0}


def test_nothing_is_seen_on_one_gray() -> None:
    sight = Sight(model_of(NETWORK), Spots())  # type: ignore[arg-type]
    for size in ((1, 1), (1, 4000), (700, 900)):
        assert len(sight.see(np.full(size, 120, np.uint8)).p) == 0


def test_engines_agree() -> None:
    model = load_model(bundled_model())
    gray = np.random.default_rng(2).integers(0, 256, (64, 96), dtype=np.uint8)
    names = ("reference", "tile")
    one, other = (Sight(model, make_engine(name, model.network)).see(gray) for name in names)
    np.testing.assert_allclose(one.boxes, other.boxes, atol=0.01)
    np.testing.assert_allclose(one.p, other.p, atol=1e-3)
