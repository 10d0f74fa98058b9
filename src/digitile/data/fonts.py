"""Fonts of a machine, print and handwriting, by the scripts that they have the letters of.

Pages that are drawn hold print and letters besides digits. No font is ever required: without any,
there are none on the pages.
"""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from PIL import ImageFont

FOLDER = "fonts"
"""The data folder's sub-folder of fonts."""

SYSTEM = Path("/usr/share/fonts")
"""Where Linux keeps its fonts."""

ENDINGS = (".ttf", ".otf", ".ttc", ".woff", ".woff2")
"""Files that are fonts: TrueType, OpenType, their collections, and both packed for the web."""

_SIZE = 24
_SAMPLES = 8


def _block(first: str, last: str) -> str:
    """Return Unicode's letters from one to another."""
    signs = map(chr, range(ord(first), ord(last) + 1))
    return "".join(sign for sign in signs if unicodedata.category(sign) in {"Lu", "Ll", "Lo"})


def _encoded(encoding: str, first: int, last: int, also: str = "utf-8") -> str:
    """Return the characters whose lead byte in an East Asian encoding lies within a range.

    Parameters
    ----------
    also : str
        Another encoding that must have them, too.
    """
    codes = b"".join(
        bytes((lead, trail)) for lead in range(first, last + 1) for trail in range(0xA1, 0xFF)
    )
    return codes.decode(encoding, "ignore").encode(also, "ignore").decode(also)


LETTERS: Mapping[str, str] = {
    "latin": _block("A", "Z") + _block("a", "z"),
    "greek": _block("Α", "Ω") + _block("α", "ω"),
    "cyrillic": _block("А", "я"),
    "armenian": _block("Ա", "Ֆ") + _block("ա", "ֆ"),
    "georgian": _block("ა", "ჰ"),
    "hebrew": _block("א", "ת"),
    "arabic": _block("ء", "غ") + _block("ف", "ي"),
    "devanagari": "अआइईउऊएऐओऔ" + _block("क", "न") + _block("प", "र") + _block("व", "ह"),
    "bengali": _block("অ", "হ"),
    "gurmukhi": _block("ਅ", "ਹ"),
    "gujarati": _block("અ", "હ"),
    "tamil": _block("அ", "ஹ"),
    "telugu": _block("అ", "హ"),
    "kannada": _block("ಅ", "ಹ"),
    "malayalam": _block("അ", "ഹ"),
    "thai": _block("ก", "ฮ"),
    "lao": "ກຂຄງຈສຊຍດຕຖທນບປຜຝພຟມຢຣລວຫອຮ",
    "tibetan": _block("ཀ", "ཧ"),
    "burmese": _block("က", "အ"),
    "khmer": _block("ក", "អ"),
    "ethiopic": _block("ሀ", "ቆ"),
    "kana": _block("ぁ", "ん") + _block("ァ", "ヴ"),
    "korean": _encoded("euc_kr", 0xB0, 0xC8),  # the 2,350 syllables in use
    "chinese": _encoded("gb2312", 0xB0, 0xD7, also="big5"),  # frequent, on the mainland and Taiwan
}
"""The letters to draw of each script. Some are digits to the eye: O, З, ו, ろ."""


@dataclass(frozen=True)
class Font:
    """A font's letters of one script."""

    path: Path  # its file, as `PIL.ImageFont.truetype` reads it
    name: str  # family and style: ``DejaVu Sans Bold``
    script: str  # a key of `LETTERS`

    @property
    def letters(self) -> str:
        """The letters to draw with it."""
        return LETTERS[self.script]


def find_fonts(*folders: str | PathLike[str]) -> list[Font]:
    """Return the fonts in folders and the folders below, one for each script a file has.

    Parameters
    ----------
    folders : path-like
        Where there is none, there are no fonts.

    Returns
    -------
    list of Font
        By folder, then path, then script as in `LETTERS`. Files that no font can be read from are
        passed over.
    """
    found = []
    for folder in folders:
        files = (path for path in Path(folder).rglob("*") if path.suffix.lower() in ENDINGS)
        paths = sorted({path.resolve() for path in files})  # links name the same fonts again
        found += [font for path in paths for font in _scripts(path)]
    return found


def _scripts(path: Path) -> Iterator[Font]:
    try:
        font = ImageFont.truetype(path, _SIZE, layout_engine=ImageFont.Layout.BASIC)
        name = " ".join(part for part in font.getname() if part)
        scripts = [script for script, letters in LETTERS.items() if _has(font, letters)]
    except OSError:  # no font, or one of bitmaps only
        return
    for script in scripts:
        yield Font(path, name, script)


def _has(font: ImageFont.FreeTypeFont, letters: str) -> bool:
    """Tell whether some letters, spread evenly over all, are neither blank nor the missing sign."""
    missing = _drawn(font, "\uffff")  # U+FFFF is no character
    samples = letters[:: len(letters) // _SAMPLES]
    return all(_drawn(font, letter) not in (missing, None) for letter in samples)


def _drawn(font: ImageFont.FreeTypeFont, sign: str) -> tuple[tuple[int, int], bytes] | None:
    """Return a sign's picture, None where it is blank."""
    mask = font.getmask(sign)
    return (mask.size, bytes(mask)) if mask.getbbox() else None
