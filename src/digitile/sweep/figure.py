"""A sweep's accuracies, drawn against each setting that varies."""

from collections.abc import Sequence
from os import PathLike
from pathlib import Path

from digitile.files import write_atomically
from digitile.inspect.drawing import (
    Axes,
    Figure,
    line_style,
    log_axis,
    new_figure,
    plain,
    save,
    style,
)
from digitile.sweep.sweep import Swept, Tried

LOG_FROM = 20.0
"""An axis whose ends differ by this factor is logarithmic."""


def draw_sweep(swept: Swept) -> Figure | None:
    """Draw a pair of axes for each setting that varies; the chosen point has another colour.

    Every setting that was tried is a point in each, mean ± standard deviation over the seeds.

    Returns
    -------
    Figure or None
        None where nothing varies or nothing was measured.
    """
    names = swept.grid.varied
    measured = [each for each in swept.tried if each.accuracy is not None]
    if not names or not measured:
        return None
    with style():
        figure = new_figure(1.6 + 3.6 * len(names), 3.6)
        cells = figure.subplots(1, len(names), squeeze=False, sharey=True)[0]
        for name, axes in zip(names, cells, strict=True):
            _slice(axes, name, measured, swept.chosen)
        cells[0].set_ylabel("accuracy on held-out pictures, %")
    return figure


def write_figure(swept: Swept, folder: str | PathLike[str]) -> Path | None:
    """Write a sweep's picture, named as the sweep, to a folder; see `draw_sweep`.

    Raises `UsageError` where it cannot be written.

    Returns
    -------
    Path or None
        The file; None where nothing was chosen or nothing varies.
    """
    figure = None if swept.chosen is None else draw_sweep(swept)
    if figure is None:
        return None
    path = Path(folder) / f"{swept.request.name}.png"
    write_atomically(path, save(figure, "png"))
    return path


def _slice(axes: Axes, name: str, measured: Sequence[Tried], chosen: Tried | None) -> None:
    texts = [each.values[name] for each in measured]
    places = _numbers(texts)
    if places is None:  # words: one after another
        words = list(dict.fromkeys(texts))
        places = [float(words.index(text)) for text in texts]
        axes.set_xticks(range(len(words)), [plain(word[:24]) for word in words], rotation=20)
    elif min(places) > 0 and max(places) / min(places) >= LOG_FROM:
        log_axis(axes, "x")
    for place, each in zip(places, measured, strict=True):
        assert each.accuracy is not None
        colour = line_style(1 if each is chosen else 0)["color"]
        axes.errorbar(
            place,
            100 * each.accuracy.mean,
            100 * each.accuracy.std,
            fmt="D" if each is chosen else "o",
            markersize=5,
            color=colour,
            alpha=1.0 if each is chosen else 0.6,
            zorder=3 if each is chosen else 2,
        )
    axes.set_xlabel(plain(name))


def _numbers(texts: Sequence[str]) -> list[float] | None:
    try:
        return [float(text) for text in texts]
    except ValueError:
        return None
