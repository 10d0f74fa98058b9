"""What was read, drawn on its picture."""

import numpy as np

from digitile.inspect.boxes import ACCEPTED, DOUBTFUL, draw_boxes
from digitile.reader import Box, Digit, Evidence, Line, Mark, Reading


def line(accepted: bool, box: Box, mark: Box) -> Line:
    digits, marks = (Digit(7, 0.9, box, ()),), (Mark(",", 0.9, mark),)
    evidence = Evidence(0.9, 0.9, 1, 20.0, 0.5, unread=0.0)
    return Line("7,", 0.9, accepted, box, digits, marks, ("7",), (), evidence, measured=True)


def test_a_box_around_each_sign_in_the_colour_of_its_line() -> None:
    picture = np.full((100, 160), 250, np.uint8)
    lines = (
        line(True, Box(20, 30, 18, 24), Box(42, 48, 5, 6)),
        line(False, Box(100, 30, 18, 24), Box(122, 48, 5, 6)),
    )
    drawn = draw_boxes(picture, Reading(None, 1, lines))
    assert drawn.shape == (100, 160, 3)
    for x, colour in ((20, ACCEPTED), (42, ACCEPTED), (100, DOUBTFUL), (122, DOUBTFUL)):
        assert tuple(drawn[50, x]) == colour
    assert tuple(drawn[42, 29]) == (250, 250, 250)  # inside a box
    assert (draw_boxes(picture, Reading(None, 1, ())) == 250).all()
