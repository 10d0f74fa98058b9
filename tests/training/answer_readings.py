"""Readings made by hand."""

from digitile.reader import Box, Evidence, Line, Reading

BOX = Box(0, 0, 10, 10)


def reading(*lines: tuple[str, float, bool]) -> Reading:
    """Return a page with lines of a text, a confidence, and whether they are accepted."""
    made = tuple(
        Line(text, p, taken, BOX, (), (), (text,), (), _evidence(p), measured=True)
        for text, p, taken in lines
    )
    return Reading(None, 1, made)


def _evidence(p: float) -> Evidence:
    return Evidence(text=p, weakest=p, digits=1, height=9.0, share=0.9, unread=0.0)
