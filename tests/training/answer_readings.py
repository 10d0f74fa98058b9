"""Readings made by hand."""

from digitile.reader import Box, Evidence, Line, Reading

BOX = Box(0, 0, 10, 10)


def reading(*lines: tuple[str, float, bool]) -> Reading:
    """Return a page with lines of a text, a confidence, and whether they are accepted."""
    made = tuple(
        Line(text, p, taken, BOX, (), (), (text,), (), Evidence(p, p, 1, 9.0, 0.9), measured=True)
        for text, p, taken in lines
    )
    return Reading(None, 1, made)
