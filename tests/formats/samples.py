"""Readings to write."""

from digitile.reader import Alternative, Box, Digit, Evidence, Line, Mark, Reading

EVIDENCE = Evidence(0.9, 0.9, 4, 20.0, 0.1, 0.0)


def line(text: str, groups: tuple[str, ...], x: int = 10, y: int = 20) -> Line:
    """A line whose signs are 10×16 pixels, 12 pixels from one to the next."""
    digits, marks = [], []
    for place, sign in enumerate(text):
        box = Box(x + 12 * place, y, 10, 16)
        if sign.isdigit():
            digits.append(Digit(int(sign), 0.97, box, (Alternative("1", 0.02),)))
        else:
            marks.append(Mark(sign, 0.9, box))
    around = Box(x, y, 12 * len(text) - 2, 16)
    sure = 0.87654
    return Line(
        text, sure, True, around, tuple(digits), tuple(marks), groups, (), EVIDENCE, measured=True
    )


PAGES = (
    Reading(
        'a "name" <&;\\ \x1b\ud800.png',
        1,
        (line("0803", ("08", "03")), line("12,50", ("12", "50"), y=60)),
        turned=90,
        width=300,
        height=200,
    ),
    Reading("scan.tif", 2, (), "nothing stands out from the paper", width=310, height=220),
)
