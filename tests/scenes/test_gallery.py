import numpy as np

from digitile.scenes import Materials, draw_block
from digitile.scenes.gallery import COLUMNS, SCALE, draw_gallery


def test_boxes_are_drawn_where_the_target_has_a_digit_only(materials: Materials) -> None:
    scenes = draw_block(materials, 0, 0, 20)
    picture = draw_gallery(scenes)
    assert picture.shape == (5 * (128 * SCALE + 2), COLUMNS * (192 * SCALE + 2), 3)
    for number in range(20):
        top, left = number // COLUMNS * (128 * SCALE + 2), number % COLUMNS * (192 * SCALE + 2)
        part = picture[top : top + 128 * SCALE, left : left + 192 * SCALE].astype(int)
        has_red = ((part[..., 0] - part[..., 1]) > 100).any()
        assert has_red == (scenes.target.classes[number] < 10).any()


def test_pictures_are_shown_as_they_are(materials: Materials) -> None:
    scenes = draw_block(materials, 0, 0, 1)
    none = scenes.target._replace(
        classes=np.full_like(scenes.target.classes, 14),
        weights=np.ones_like(scenes.target.weights),
    )
    picture = draw_gallery(scenes._replace(target=none))
    shown = picture[: 128 * SCALE, : 192 * SCALE]
    assert (shown[::SCALE, ::SCALE, 1] == scenes.images[0, 0]).all()
