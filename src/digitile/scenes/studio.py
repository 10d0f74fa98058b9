"""A studio: what pages are drawn with, all of it from one seed."""

from digitile.scenes.hands import HANDS, Hand
from digitile.scenes.materials import Materials
from digitile.scenes.paper import Textures
from digitile.scenes.prints import Prints


class Studio:
    """Hands, prints and textures."""

    def __init__(self, materials: Materials, seed: tuple[int, ...]) -> None:
        self.hands = [Hand(materials, (*seed, 0, number)) for number in range(HANDS)]
        self.prints = Prints(materials.fonts, (*seed, 1))
        self.textures = Textures(materials.kept_apart, (*seed, 2))
