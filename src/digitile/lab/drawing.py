"""How the lab's figures look, and how they become files that are the same each time.

Colours are those of Okabe and Ito, which colour-blind readers can tell apart; line styles differ
as well. Text in an SVG stays text, so that its bytes do not depend on a machine's fonts.
"""

import io
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitile.lab.extra import extra

with extra():
    import matplotlib
    from matplotlib.axes import Axes
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

__all__ = ["Axes", "Figure", "draw_band", "line_style", "new_figure", "plain", "save", "style"]

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#444444", "#b8a800")
DASHES = ("-", "--", "-.", ":")

Numbers = NDArray[np.floating[Any] | np.integer[Any]]

_STYLE: Any = {
    "axes.edgecolor": "#888888",
    "axes.grid": True,
    "axes.labelcolor": "#333333",
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 11,
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "grid.color": "#e4e4e4",
    "grid.linewidth": 0.7,
    "legend.frameon": False,
    "lines.linewidth": 1.6,
    "savefig.facecolor": "white",
    "svg.fonttype": "none",
    "xtick.color": "#555555",
    "ytick.color": "#555555",
}


@contextmanager
def style() -> Iterator[None]:
    """Draw in the house's style while this lasts."""
    with matplotlib.rc_context(_STYLE):
        yield


def new_figure(width: float = 6.4, height: float = 4.0) -> Figure:
    """Return an empty figure, its size in inches; call it, and draw, within `style`."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def line_style(index: int) -> dict[str, Any]:
    """Return colour and dashes of the line with this number, from 0."""
    return {
        "color": COLOURS[index % len(COLOURS)],
        "linestyle": DASHES[index % len(DASHES)],
    }


def draw_band(
    axes: Axes, x: Numbers, runs: Sequence[Numbers], label: str, index: int, **line: Any
) -> None:
    """Draw the mean of several runs, and their standard deviation (n − 1) as a band around it.

    Parameters
    ----------
    axes : Axes
    x : ndarray, points
    runs : sequence of ndarray, points each
        One for each seed; a single one gives a line without a band.
    label : str
    index : int
        The line's number, which chooses its colour.
    **line
        More for ``Axes.plot``.
    """
    values = np.stack(runs)
    mean = values.mean(axis=0)
    axes.plot(x, mean, label=plain(label), **line_style(index), **line)
    if len(values) > 1:
        sd = values.std(axis=0, ddof=1)
        colour = line_style(index)["color"]
        axes.fill_between(x, mean - sd, mean + sd, color=colour, alpha=0.18, linewidth=0)


def plain(label: str) -> str:
    """Return a label as Matplotlib shows it unchanged: no formulas, not left out of legends."""
    label = label.replace("$", r"\$")
    return f" {label}" if label.startswith("_") else label


def save(figure: Figure, kind: str, *, name: str = "figure") -> bytes:
    """Return a figure as a file's content; the same figure gives the same bytes.

    Parameters
    ----------
    figure : Figure
    kind : str
        ``png`` or ``svg``.
    name : str
        Makes the names inside an SVG differ from those of other figures on the same page.
    """
    content = io.BytesIO()
    metadata: dict[str, Any] = {"Date": None} if kind == "svg" else {}
    salt: Any = {"svg.hashsalt": name}
    with style(), matplotlib.rc_context(salt), warnings.catch_warnings():
        # Names may be in any script; what the font lacks is drawn as a box.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(content, format=kind, dpi=160, metadata=metadata)
    return content.getvalue() if kind == "png" else _shorter(content.getvalue().decode()).encode()


def _shorter(svg: str) -> str:
    """Return an SVG with its places rounded to 1/100 point, and without names nothing refers to."""
    svg = re.sub(
        r"-?\d+\.\d{3,}", lambda match: f"{float(match[0]):.2f}".rstrip("0").rstrip("."), svg
    )
    used = set(re.findall(r"(?:url\(|href=\")#([^)\"]+)", svg))
    svg = re.sub(r' id="([^"]*)"', lambda match: match[0] if match[1] in used else "", svg)
    return re.sub(r"\n *", "\n", svg)
