import numpy as np
import pytest

from digitile.nn.places import FocalCrossEntropy, PlaceLoss, SmoothL1
from digitile.scenes import CLASSES, Materials, draw_block
from digitile.scenes.glyphs import INSIDE, OUTLINE
from digitile.scenes.page import IGNORED, ScenePage, sheet_of


def test_the_same_seed_and_block_give_the_same_bits(materials: Materials) -> None:
    one, other = (draw_block(materials, 3, 1, 24) for _ in range(2))
    assert (one.images == other.images).all()
    for a, b in zip(one.target, other.target, strict=True):
        assert (a == b).all()


@pytest.mark.parametrize(("seed", "block"), [(3, 2), (4, 1)])
def test_another_seed_or_block_gives_others(materials: Materials, seed: int, block: int) -> None:
    one, other = draw_block(materials, 3, 1, 24), draw_block(materials, seed, block, 24)
    same = (one.images == other.images).all(axis=(1, 2, 3))
    assert same.mean() < 0.1


def test_a_block_is_a_target_of_a_place_loss(materials: Materials) -> None:
    scenes = draw_block(materials, 0, 0, 30)
    assert scenes.images.shape == (30, 1, 128, 192)
    assert scenes.images.dtype == np.uint8
    loss = PlaceLoss(FocalCrossEntropy(2), SmoothL1(0.1))
    loss.check_target(scenes.target, 30, (len(CLASSES) + 4, 32, 48))


def test_weights_are_balanced(materials: Materials) -> None:
    classes, weights, _ = draw_block(materials, 0, 0, 30).target
    assert weights[classes < len(CLASSES) - 1].sum() == pytest.approx(30, rel=1e-4)


def test_there_are_digits_and_scenes_without_any(materials: Materials) -> None:
    classes = draw_block(materials, 1, 0, 200).target.classes
    assert 0.3 < (classes < 10).any(axis=(1, 2)).mean() < 0.95


def test_no_scene_is_blank_or_broken(materials: Materials) -> None:
    images = draw_block(materials, 2, 0, 60).images
    assert (np.ptp(images.reshape(60, -1), axis=1) > 10).mean() > 0.9


def test_nothing_is_drawn_for_no_scenes(materials: Materials) -> None:
    assert len(draw_block(materials, 0, 0, 0).images) == 0


def test_signs_that_are_not_taught_are_no_digits_to_cut_out() -> None:
    page = ScenePage.blank(64, 64)
    for kind in (IGNORED, 3, CLASSES.index("comma")):
        page.mark(kind, np.full((OUTLINE + INSIDE, 2), 20, np.float32), 2.0, 20.0)
    assert sheet_of(page, 20.0).digits.tolist() == [1]
