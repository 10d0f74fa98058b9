"""A digit is shown as it was read, however its page lay."""

import numpy as np
import pytest

from digitile.pictures import load_pages
from digitile.reader import Reader
from digitile.web.seen import seen
from tests.reader.photos import on_table, tilted, written


@pytest.mark.parametrize("kind", ["level", "aslant", "on a table"])
def test_each_digit_is_seen_as_it_was_read(kind: str) -> None:
    reader = Reader.load()
    picture = np.pad(written("2047204"), ((60, 60), (20, 20), (0, 0)), "edge")
    if kind == "aslant":
        picture, _ = tilted(picture, -17)
    elif kind == "on a table":
        corners = [(120, 130), (880, 60), (900, 460), (80, 400)]
        picture, _ = on_table(picture, corners, np.full((560, 1000), 70, np.uint8))
    (line,) = reader.read(picture).lines
    assert line.text == "2047204"
    page = next(load_pages(picture))
    for digit in line.digits:
        p = reader.model.scores(seen(page, digit.box)[None, None])[0]
        assert int(p.argmax()) == digit.digit
