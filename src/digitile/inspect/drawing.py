"""How figures look, and how they become files that are the same each time.

Colours are those of Okabe and Ito, which colour-blind readers can tell apart; line styles differ
as well. Text in an SVG stays text, so that its bytes do not depend on a machine's fonts.
"""

import io
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from digitile.extras import extra

with extra("figures"):
    import matplotlib
    from matplotlib.axes import Axes
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import LogFormatter

__all__ = [
    "Axes",
    "Figure",
    "draw_band",
    "line_style",
    "log_axis",
    "new_figure",
    "plain",
    "save",
    "style",
]

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
    "legend.fontsize": 8.5,
    "legend.framealpha": 0.7,
    "legend.edgecolor": "none",
    "lines.linewidth": 1.6,
    "savefig.facecolor": "white",
    "svg.fonttype": "none",
    "xtick.bottom": False,  # the grid shows the places
    "xtick.color": "#555555",
    "ytick.color": "#555555",
    "ytick.left": False,
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
    axes: Axes,
    x: Numbers,
    runs: Sequence[Numbers],
    label: str,
    index: int,
    *,
    log: bool = False,
    **line: Any,
) -> None:
    """Draw the mean of several runs, and their standard deviation (n − 1) as a band around it.

    Parameters
    ----------
    x : ndarray, points
    runs : sequence of ndarray, points each
        One for each seed; a single one gives a line without a band.
    index : int
        The line's number, which chooses its colour.
    log : bool
        Whether the axis is logarithmic: the band then ends at the lowest run, since it cannot reach
        below zero.
    **line
        More for ``Axes.plot``.
    """
    values = np.stack(runs)
    mean = values.mean(axis=0)
    axes.plot(x, mean, label=plain(label), **line_style(index), **line)
    if len(values) > 1:
        sd = values.std(axis=0, ddof=1)
        low = np.maximum(mean - sd, values.min(axis=0)) if log else mean - sd
        colour = line_style(index)["color"]
        axes.fill_between(x, low, mean + sd, color=colour, alpha=0.18, linewidth=0)


class _PlainNumbers(LogFormatter):
    """Writes the numbers of a logarithmic axis as people do: 0.02, not 2×10⁻²."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        return f"{x:g}" if super().__call__(x, pos) else ""


def log_axis(axes: Axes, which: Literal["x", "y"]) -> None:
    """Make an axis logarithmic."""
    if which == "x":
        axes.set_xscale("log")
    else:
        axes.set_yscale("log")
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_formatter(_PlainNumbers())
    axis.set_minor_formatter(_PlainNumbers(minor_thresholds=(1.0, 0.4)))


def plain(label: str) -> str:
    """Return a label as Matplotlib shows it unchanged: no formulas, not left out of legends."""
    label = label.replace("$", r"\$")
    return f" {label}" if label.startswith("_") else label


def save(figure: Figure, kind: str, *, name: str = "figure") -> bytes:
    """Return a figure as a file's content; the same figure gives the same bytes.

    Parameters
    ----------
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
    whole = content.getvalue()
    return _shorter(whole.decode(), name).encode() if kind == "svg" else whole


def _shorter(svg: str, name: str) -> str:
    """Return an SVG of the same looks in half the bytes.

    Places are rounded to 1/10 point, styles are named and said once, and names that nothing refers
    to are left out. Words between the tags stay as they are.
    """
    used = set(re.findall(r"(?:url\(|href=\")#([^)\"]+)", svg))
    styles: dict[str, str] = {}

    def shorter(tag: re.Match[str]) -> str:
        text = re.sub(r"-?\d+\.\d{3,}", lambda m: f"{float(m[0]):.1f}".removesuffix(".0"), tag[0])
        # after M, more places are lines: L need not be said where a path has nothing else
        text = re.sub(r' d="[ML\d\s.z-]*"', lambda m: re.sub(r"\s+(L )?", " ", m[0]), text)
        text = re.sub(r' id="([^"]*)"', lambda m: m[0] if m[1] in used else "", text)
        return re.sub(
            r'style="([^"]*)"',
            lambda m: f'class="{styles.setdefault(m[1], f"s{len(styles)}")}"',
            text,
        )

    svg = re.sub(r"<[^<>]*>", shorter, svg)
    rules = "\n".join(f".{name} .{short} {{ {long} }}" for long, short in styles.items())
    rules = rules.replace("'DejaVu Sans'", "'DejaVu Sans', Verdana, sans-serif")
    svg = svg.replace("</style>", f"\n{rules}\n</style>", 1)
    svg = svg.replace("<svg ", f'<svg class="{name}" ', 1)
    return re.sub(r"\n *<", "\n<", svg)
