from pathlib import Path

import numpy as np
import pytest
from scene_materials import SHAPES, mnist, strokes, unipen

import digitile.scenes.materials as module
from digitile.data import Splits
from digitile.data.fonts import Font
from digitile.errors import DataError
from digitile.scenes import Materials, paper
from digitile.scenes.paper import Textures


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> tuple[Materials, Materials]:
    """Both parts of materials that are all made here."""
    fonts = [
        Font(Path(f"{script}{number}.ttf"), f"Font {number}", script)
        for script in ("latin", "cyrillic", "greek", "thai")
        for number in range(60)
    ]
    monkeypatch.setattr(module, "load_data", lambda *_, **__: Splits(mnist(6000), mnist(10)))
    monkeypatch.setattr(module, "load_unipen", lambda _: unipen())
    monkeypatch.setattr(module, "find_fonts", lambda *_: fonts)
    return Materials.load(Path(), False), Materials.load(Path(), True)


def test_the_last_pictures_of_mnist_are_kept_apart(parts: tuple[Materials, Materials]) -> None:
    train, apart = parts
    assert (len(train.mnist), len(apart.mnist)) == (1000, 5000)


@pytest.mark.parametrize("name", ["digits", "signs", "words"])
def test_no_writer_is_in_both_parts(parts: tuple[Materials, Materials], name: str) -> None:
    train, apart = (set(getattr(part, name).writers.tolist()) for part in parts)
    assert not train & apart
    assert train | apart == set(range(16))
    assert len(apart) == 2


def test_no_font_and_not_every_script_is_in_both_parts(
    parts: tuple[Materials, Materials],
) -> None:
    train, apart = parts
    assert not {font.name for font in train.fonts} & {
        font.name for font in apart.fonts if font.script in {"latin", "cyrillic"}
    }
    assert {font.script for font in train.fonts} == {"latin", "cyrillic"}
    assert {"greek", "thai"} < {font.script for font in apart.fonts}


def test_words_like_digits_are_left_out() -> None:
    assert module.is_word("hay")
    assert not module.is_word("solo")
    assert not module.is_word("Az")
    assert not module.is_word("a")


def test_flat_digits_are_left_out() -> None:
    """A dash of 20×6 pixels is no 2, and strokes of three zeros beside each other are no 0."""
    digits = mnist(20)
    digits.images[2] = 0
    digits.images[2, 0, 12:18, 4:24] = 255
    assert np.flatnonzero(~module._tall_enough(digits)).tolist() == [2]
    flat = strokes("digits", {"0": [[(0, 0), (1, 0.3)]], "1": [[(0, 0), (0.8, 1)]]}, writers=1)
    assert not module._are_digits(flat).any()
    # one stroke of a 4, aslant, and of a crossed 0
    single = strokes("digits", {"4": [[(0.6, 0), (0, 1)]], "0": [[(0.9, 0), (0, 1)]]}, writers=1)
    assert not module._are_digits(single).any()
    assert module._are_digits(unipen().digits).all()


def test_missing_classes_are_refused() -> None:
    pen = unipen()
    few = strokes("digits", {"3": SHAPES["3"]})
    with pytest.raises(DataError, match="lack"):
        Materials(mnist(20), few, pen.signs, pen.words, [], False)
    nothing = pen.words.take(np.zeros(0, np.int64))
    with pytest.raises(DataError, match="0 words"):
        Materials(mnist(20), pen.digits, pen.signs, nothing, [], False)


def test_no_kind_of_texture_is_in_both_parts() -> None:
    assert not set(paper.TRAINED) & set(paper.KEPT_APART)
    tiles = [Textures(apart, (1,)).piece(64, 64, np.random.default_rng(2)) for apart in (0, 1)]
    assert np.abs(tiles[0] - tiles[1]).mean() > 0.1
