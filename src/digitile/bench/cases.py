"""Which networks are timed, on how many pictures: the papers' and one that reads pages."""

from collections.abc import Sequence

from digitile import recipes
from digitile.bench import page
from digitile.bench.measure import Axis, Case, sweep
from digitile.nn.network import Network

PAPERS = ("ma2018", "sjtu2025", "li2017", "wu2016-mnist", "wu2016-cifar10")
PAGE = "page"
TASKS = ("train", "infer", "latency")

PREDICTED = 1000
"""Pictures predicted at once, unless told otherwise."""

MOST = 1024
"""The most pictures of a sweep over them, unless told otherwise."""


def cases_of(
    task: str,
    names: Sequence[str] = (),
    batch: int | None = None,
    threads: int = 1,
    axis: Axis | None = None,
) -> list[Case]:
    """Return what is to be measured.

    Raises `SettingError` for an unknown recipe.

    Parameters
    ----------
    task : {"train", "infer", "latency"}
    names : sequence of str
        Recipes, or ``page``; by default those of five papers, and page where there is no axis.
    batch : int, optional
        Pictures at once, or the most along the axis ``batch``; by default the recipe's in training,
        else `PREDICTED` (16 of page), and `MOST` along the axis.
    threads : int
        How many, or the most along the axis ``threads``.
    axis : {"batch", "threads", "width"}, optional
        What is varied.
    """
    cases = []
    for name in names or (*PAPERS, *([PAGE] if axis is None else [])):
        case = case_of(task, name, batch, threads)
        most = threads if axis == "threads" else batch or MOST
        cases += [case] if axis is None else sweep(case, axis, most)
    return cases


def case_of(task: str, name: str, batch: int | None = None, threads: int = 1) -> Case:
    """Return one case; parameters as `cases_of`."""
    if name == PAGE:
        size = 1 if task == "latency" else batch or page.BATCH
        network = Network.parse(page.NETWORK)
        return Case(task, name, network, size, threads, optimiser=page.OPTIMISER)
    _, settings = recipes.find(name)
    own = settings.batch_size if task == "train" else PREDICTED
    size = 1 if task == "latency" else batch or own
    return Case(task, name, Network.parse(settings.network), size, threads)
