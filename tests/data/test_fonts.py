from collections.abc import Callable
from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from digitile.data.fonts import LETTERS, Font, find_fonts

Draw = Callable[[TTGlyphPen], None]


def box(pen: TTGlyphPen) -> None:
    """The sign for what a font lacks."""
    corners = [(100, 0), (100, 800), (600, 800), (600, 0)]
    pen.moveTo(corners[0])
    for corner in corners[1:]:
        pen.lineTo(corner)
    pen.closePath()


def triangle(pen: TTGlyphPen) -> None:
    pen.moveTo((0, 0))
    pen.lineTo((300, 700))
    pen.lineTo((600, 0))
    pen.closePath()


def blank(pen: TTGlyphPen) -> None:
    pass


def write_font(path: Path, signs: str, style: str = "Regular", draw: Draw = triangle) -> None:
    """Write a TrueType font that has the same picture for each sign."""
    glyphs = {}
    for name, shape in ((".notdef", box), ("sign", draw)):
        pen = TTGlyphPen(None)
        shape(pen)
        glyphs[name] = pen.glyph()
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(list(glyphs))
    builder.setupCharacterMap({ord(sign): "sign" for sign in signs})
    builder.setupGlyf(glyphs)
    builder.setupHorizontalMetrics(dict.fromkeys(glyphs, (700, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Plain", "styleName": style})
    builder.setupOS2()
    builder.setupPost()
    path.parent.mkdir(parents=True, exist_ok=True)
    builder.save(path)


def test_a_font_for_each_script_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "below" / "two.ttf"
    write_font(path, LETTERS["hebrew"] + LETTERS["latin"], "Bold")
    found = find_fonts(tmp_path)
    assert found == [Font(path, "Plain Bold", "latin"), Font(path, "Plain Bold", "hebrew")]
    assert found[1].letters.startswith("אבג")


def test_a_script_of_which_half_is_missing(tmp_path: Path) -> None:
    write_font(tmp_path / "half.ttf", LETTERS["latin"] + LETTERS["greek"][:24])
    assert [font.script for font in find_fonts(tmp_path)] == ["latin"]


def test_letters_that_are_blank(tmp_path: Path) -> None:
    write_font(tmp_path / "blank.ttf", LETTERS["latin"], draw=blank)
    assert find_fonts(tmp_path) == []


def test_what_is_no_font_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "broken.ttf").write_bytes(b"\0\1\0\0 and no tables")
    (tmp_path / "folder.otf").mkdir()
    (tmp_path / "notes.txt").write_text("no font")
    write_font(tmp_path / "cyrillic.TTF", LETTERS["cyrillic"])
    assert [font.script for font in find_fonts(tmp_path, tmp_path / "nowhere")] == ["cyrillic"]


def test_a_link_is_the_same_font(tmp_path: Path) -> None:
    write_font(tmp_path / "plain.ttf", LETTERS["thai"])
    (tmp_path / "link.ttf").symlink_to(tmp_path / "plain.ttf")
    assert find_fonts(tmp_path) == [Font(tmp_path / "plain.ttf", "Plain Regular", "thai")]


@pytest.mark.parametrize("script", LETTERS)
def test_scripts_have_letters_and_no_digits(script: str) -> None:
    letters = LETTERS[script]
    assert len(letters) == len(set(letters)) >= 20
    assert all(letter.isalpha() for letter in letters)


def test_letters_of_large_scripts() -> None:
    assert len(LETTERS["korean"]) == 2350  # KS X 1001
    assert set("中人山水的") <= set(LETTERS["chinese"])
    assert not set("国國") & set(LETTERS["chinese"])  # written so in one place only
    assert set("あのアン") <= set(LETTERS["kana"])
