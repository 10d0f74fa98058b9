"""Pictures with nothing to read: their sizes, and what they are printed with."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import ImageFont

from digitile.data.fonts import SYSTEM, Font, find_fonts
from digitile.scenes import Materials, draw_nothing
from digitile.scenes import materials as module
from digitile.scenes.nothing import ENLARGED, KINDS, WHOLE_PAGE, enlarged
from digitile.scenes.prints import Prints

GREEK = [font for font in find_fonts(SYSTEM) if font.script == "greek"][:2]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("script", "cifar")])
def test_a_kind_is_drawn(materials: Materials, kind: str) -> None:
    one, same = (
        draw_nothing(materials, np.random.default_rng(3), 120, 200, kind) for _ in range(2)
    )
    assert one.shape == (WHOLE_PAGE if kind == "page" else (120, 200))
    assert one.dtype == np.uint8
    np.testing.assert_array_equal(one, same)


def test_a_whole_page_is_full(materials: Materials) -> None:
    """Each of six by four parts has something on it."""
    for seed in range(3):
        page = draw_nothing(materials, np.random.default_rng(seed), 0, 0, "page")
        parts = page[:846].reshape(6, 141, 4, 150).swapaxes(1, 2).reshape(24, -1)
        assert (np.ptp(parts, axis=1) > 20).all()


@pytest.mark.skipif(not GREEK, reason="needs a font with Greek letters")
def test_a_script_kept_apart_is_all_that_is_printed(
    materials: Materials, monkeypatch: pytest.MonkeyPatch
) -> None:
    used = []

    def opened(path: Path, *_: object, **words: object) -> ImageFont.FreeTypeFont:
        used.append(path)
        return truetype(path, *_, **words)  # type: ignore[arg-type]

    truetype = ImageFont.truetype
    monkeypatch.setattr(ImageFont, "truetype", opened)
    latin = Font(Path("no such font"), "Latin", "latin")
    own = replace(materials, fonts=[latin, *GREEK], kept_apart=True)
    picture = draw_nothing(own, np.random.default_rng(1), 200, 400, "script")
    assert picture.shape == (200, 400)
    assert used
    assert set(used) <= {font.path for font in GREEK}


def test_no_stroke_fonts_where_none_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    if not GREEK:
        pytest.skip("needs a font with Greek letters")
    monkeypatch.setattr("digitile.scenes.prints._hershey", lambda _: pytest.fail("stroke font"))
    prints = Prints(GREEK, (0,), strokes=0.0)
    for seed in range(40):
        prints.text(np.random.default_rng(seed))


def test_a_photo_is_enlarged() -> None:
    photo = np.zeros((3, 32, 32), np.uint8)
    photo[0, :, 16:] = 200
    sides = []
    for seed in range(30):
        large = enlarged(photo, np.random.default_rng(seed))
        height, width, channels = large.shape
        assert (height, channels) == (width, 3)
        assert abs(int(large[height // 2, -2, 0]) - 200) < 3
        assert large[..., 1:].max() == large[height // 2, 1, 0] == 0
        sides.append(height)
    assert 32 * ENLARGED[0] <= min(sides) < max(sides) <= 32 * ENLARGED[1]


def test_whether_a_script_is_kept_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    for scripts, there in ((["latin", "thai"], True), (["latin"], False), ([], False)):
        fonts = [Font(Path(), "Font", script) for script in scripts]
        monkeypatch.setattr(module, "find_fonts", lambda *_, own=fonts: own)
        assert module.has_scripts_apart(Path()) is there
