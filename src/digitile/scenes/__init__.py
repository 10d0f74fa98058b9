"""Scenes: drawn pictures of pages with digits, and with what is none, to train a reader on.

Read in this order: `materials` (what there is to draw from), `glyphs` (ink), `shapes`, `hands`
(who writes), `prints`, `paper`, `studio` (all of these), `page`, `texts` and `numbers` (what a
number says and how it is written), `nondigits`, `layout` (what stands where on a page),
`conditions` and `camera` (how a picture of it is taken), `cutouts`, `photos`, `targets` (what a
network should answer), `block` (many scenes), `scene` (one picture of given conditions), `nothing`
(one without digits), `gallery` (scenes to look at).
"""

from digitile.scenes.block import SCENE, Scenes, draw_block
from digitile.scenes.conditions import Conditions, draw_conditions
from digitile.scenes.materials import Materials
from digitile.scenes.nothing import draw_nothing
from digitile.scenes.page import CLASSES
from digitile.scenes.scene import Scene, SceneLine, draw_scene

__all__ = [
    "CLASSES",
    "SCENE",
    "Conditions",
    "Materials",
    "Scene",
    "SceneLine",
    "Scenes",
    "draw_block",
    "draw_conditions",
    "draw_nothing",
    "draw_scene",
]
