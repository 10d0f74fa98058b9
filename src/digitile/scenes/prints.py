"""Print and handwriting of a machine: words in many scripts, in the fonts that there are."""

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from digitile.data.fonts import Font
from digitile.scenes.glyphs import Glyph, Rng, make_glyph

KEPT = 400
"""So many printed texts a block has."""

SIZE = 44
"""Height in pixels that they are printed at."""

_SHARES = {"latin": 12.0, "chinese": 8.0, "korean": 4.0, "kana": 4.0, "cyrillic": 3.0}
"""How often a script is printed, others once."""

_LIKE_DIGITS = (
    "OoQDIilZzSsBbqgGYyJj"
    "ЗзОоЭэбІЧч"
    "ΟοΙισ"
    "一二三丨乙了口〇工"
    "ノくしつひてへろるりフワヲウラクュユコヨヌ"
)


class Prints:
    """A block's printed texts; each is drawn when it is first used, from its own seed.

    Parameters
    ----------
    fonts : list of Font
    seed : tuple of int
    strokes : float
        The share of texts that are Latin words in OpenCV's fonts of strokes, 0 … 1; all are where
        there are no other fonts.
    """

    def __init__(self, fonts: list[Font], seed: tuple[int, ...], strokes: float = 0.1) -> None:
        self._fonts, self._seed, self._strokes = fonts, seed, strokes
        self._scripts = sorted({font.script for font in fonts})
        self._glyphs: dict[int, Glyph] = {}

    def text(self, rng: Rng) -> Glyph:
        """Return one of the texts."""
        number = int(rng.integers(KEPT))
        if number not in self._glyphs:
            own = np.random.default_rng((*self._seed, number))
            glyph = None
            while glyph is None:
                glyph = make_glyph(self._draw(own), own)
            self._glyphs[number] = glyph
        return self._glyphs[number]

    def _draw(self, rng: Rng) -> NDArray[np.uint8]:
        if not self._fonts or rng.random() < self._strokes:
            return _hershey(rng)
        shares = np.array([_SHARES.get(script, 1.0) for script in self._scripts])
        script = str(rng.choice(self._scripts, p=shares / shares.sum()))
        of_script = [font for font in self._fonts if font.script == script]
        font = of_script[rng.integers(len(of_script))]
        face = ImageFont.truetype(font.path, SIZE, layout_engine=ImageFont.Layout.BASIC)
        text = draw_words(font.letters, rng)
        left, top, right, bottom = (round(v) for v in face.getbbox(text))
        picture = Image.new("L", (min(right - left, 900) + 8, bottom - top + 8))
        ImageDraw.Draw(picture).text((4 - left, 4 - top), text, fill=255, font=face)
        return np.array(picture)


def draw_words(letters: str, rng: Rng) -> str:
    """Draw one to three words of letters; few are digits to the eye, and none stands alone."""
    plain = [letter for letter in letters if letter not in _LIKE_DIGITS]
    words = []
    for _ in range(int(rng.integers(1, 4))):
        count = int(rng.integers(2, 9))
        word = rng.choice(plain, count).tolist()
        if count > 3 and letters != "".join(plain):
            word[rng.integers(1, count - 1)] = str(rng.choice(list(letters)))
        words.append("".join(word))
    case = rng.integers(3)
    text = " ".join(words)
    return text.lower() if case == 0 else text.title() if case == 1 else text


def _hershey(rng: Rng) -> NDArray[np.uint8]:
    """Return Latin words in one of OpenCV's fonts of strokes."""
    font = int(rng.choice([*range(8)]))
    text = draw_words("".join(map(chr, [*range(65, 91), *range(97, 123)])), rng)
    thick = int(rng.integers(1, 4))
    (width, height), below = cv2.getTextSize(text, font, 1.4, thick)
    ink = np.zeros((height + below + 20, width + 20), np.uint8)
    cv2.putText(ink, text, (10, height + 10), font, 1.4, 255, thick, cv2.LINE_AA)
    return ink
