"""Boxes and ink, found independently on clean pictures."""

from typing import Any

import cv2
import numpy as np
import pytest

from digitile.scenes import Materials, Scene, draw_scene

CLEAN: dict[str, Any] = {
    "perspective": 0.0,
    "light_on_dark": False,
    "paper": 1.0,
    "contrast": 1.0,
    "light": 0.0,
    "shadow": 0.0,
    "texture": 0.0,
    "grain": 0.0,
    "blur": 0.0,
    "resolution": 1.0,
    "noise": 0.0,
    "bilevel": False,
    "stretched": False,
    "jpeg": 0,
}


def clean(materials: Materials, seed: int, **given: Any) -> Scene:
    rng = np.random.default_rng(seed)
    return draw_scene(materials, rng, 160, 480, ruled=False, **CLEAN | given)


@pytest.mark.parametrize("angle", [0.0, 20.0, -13.0])
def test_all_ink_is_in_boxes_and_each_box_is_filled(materials: Materials, angle: float) -> None:
    for seed in range(12):
        view = clean(materials, seed, angle=angle, size=40.0).view
        ink = view.picture < 200
        outside = ink.copy()
        for x, y, w, h in view.boxes.tolist():
            # ink of half a pixel more is the edge's
            left, top = max(0, round(x - 1)), max(0, round(y - 1))
            right, bottom = round(x + w + 1), round(y + h + 1)
            outside[top:bottom, left:right] = False
            rows, columns = np.nonzero(ink[top:bottom, left:right])
            assert len(rows) > 0.02 * w * h
            # the ink reaches each side of its box
            assert np.ptp(rows) + 1 >= h - 3
            assert np.ptp(columns) + 1 >= w - 3
        assert outside.sum() == 0


def test_a_box_is_that_of_the_connected_ink(materials: Materials) -> None:
    for seed in range(8):
        rng = np.random.default_rng(seed)
        scene = draw_scene(materials, rng, 100, 100, texts=["1"], ruled=False, **CLEAN)
        ink = (scene.view.picture < 200).astype(np.uint8)
        np.testing.assert_allclose(scene.view.boxes[0], cv2.boundingRect(ink), atol=2)


def test_lines_name_their_signs_in_order(materials: Materials) -> None:
    rng = np.random.default_rng(5)
    scene = draw_scene(materials, rng, 200, 500, texts=["12,50", "-7"], size=30.0, angle=0.0)
    assert [line.text for line in scene.lines] == ["12,50", "-7"]
    assert scene.view.classes[scene.lines[0].signs].tolist() == [1, 2, 11, 5, 0]
    assert scene.view.classes[scene.lines[1].signs].tolist() == [12, 7]
    left = scene.view.boxes[scene.lines[0].signs, 0]
    assert (np.diff(left) > 0).all()


def test_numbers_fit_into_the_picture(materials: Materials) -> None:
    for seed in range(6):
        scene = draw_scene(materials, np.random.default_rng(seed), 60, 250, size=50.0)
        assert (scene.view.visible == 1).all()
        assert 4 <= len(scene.lines[0].text) <= 10


def test_a_number_upside_down_is_other_digits(materials: Materials) -> None:
    rng = np.random.default_rng(1)
    scene = draw_scene(materials, rng, 100, 400, texts=["0123456789"], turn=2, **CLEAN)
    # 3, 4 and 7 are none; 2 and 5 may be digits still
    assert scene.view.classes.tolist() == [0, 1, -1, 14, 14, -1, 9, 14, 8, 6]
    assert (np.diff(scene.view.boxes[:, 0]) < 0).all()


def test_conditions_are_as_given(materials: Materials) -> None:
    scene = clean(materials, 3, angle=4.0, size=20.0)
    assert scene.conditions.angle == 4
    assert scene.conditions.size == 20
    dark = clean(materials, 3, light_on_dark=True, paper=1.0)
    assert np.median(dark.view.picture) == 0
    assert dark.view.picture.max() > 0.75 * 255  # a pen's ink is 0.8 to 1


def test_paper_is_no_finer_than_the_camera(materials: Materials) -> None:
    def fine(resolution: float) -> float:
        """Return the share of a texture's energy in its finer half of frequencies."""
        shares = []
        for seed in range(8):
            given = {"texture": 0.12, "contrast": 0.5, "resolution": resolution}
            grey = clean(materials, seed, **given).view.picture[:40].astype(float)
            energy = np.abs(np.fft.rfft(grey - grey.mean(axis=1, keepdims=True))) ** 2
            shares.append(energy[:, energy.shape[1] // 2 :].sum() / energy.sum())
        return float(np.median(shares))

    assert fine(0.5) < 0.5 * fine(1.0)


def test_an_unknown_condition_is_refused(materials: Materials) -> None:
    with pytest.raises(TypeError, match="colour"):
        clean(materials, 3, colour=1)


def test_digits_touch_where_they_shall(materials: Materials) -> None:
    def mean_gap(gap: float) -> float:
        gaps = []
        for seed in range(10):
            scene = clean(materials, seed, texts=["00000000"], gap=gap, angle=0.0, size=30.0)
            x, _, w, h = scene.view.boxes[scene.lines[0].signs].T
            gaps.append(((x[1:] - x[:-1] - w[:-1]) / h[1:]).mean())
        return float(np.mean(gaps))

    assert mean_gap(-0.05) < 0.05 < 0.4 < mean_gap(0.5) < 0.6
