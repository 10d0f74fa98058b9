"""digitile bench: how fast it is on this machine."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digitile.cli.console import FILE, as_json, print_json
from digitile.files import write_atomically
from digitile.processors import processor_name, processors

if TYPE_CHECKING:  # with these comes a compiler: only where it is used
    from digitile.bench.measure import Axis, Timing
    from digitile.nn.network import Network

TASKS = ("train", "infer", "latency")
AXES: tuple["Axis", ...] = ("batch", "threads", "width")
THREADING = "Python's own, in one native call; no Numba threading layer"


@click.command()
@click.argument("what", type=click.Choice([*TASKS, "peak", "all", *AXES]), default="all")
@click.option(
    "--recipe",
    "names",
    multiple=True,
    help="A recipe to measure, or page, a network that reads pages; may be repeated.  [default: "
    "five of the papers, and page except for batch, threads and width]",
)
@click.option(
    "--batch",
    type=click.IntRange(1, 65536),
    help="Batch size, or the largest one for bench batch.  [default: the recipe's in training, "
    "1000 in prediction (16 for page), 1024 in bench batch]",
)
@click.option(
    "--threads",
    type=click.IntRange(1),
    help="Threads, or the largest number for bench threads.  [default: one for each processor]",
)
@click.option(
    "--peers", is_flag=True, help="Also measure PyTorch, JAX and ONNX Runtime, if installed."
)
@click.option(
    "--plan",
    "planned",
    metavar="RECIPE",
    help="Show how the convolutions of a recipe, or of page, are computed and which prices were "
    "compared; measure nothing.",
)
@click.option("--seconds", type=click.FloatRange(0.01), default=0.5, show_default=True)
@click.option("--rounds", type=click.IntRange(1), default=5, show_default=True)
@click.option(
    "--plot",
    type=FILE,
    metavar="FILE.svg|png",
    help="Draw bars and the roofline, or a sweep's lines (needs matplotlib).",
)
@as_json
def bench(  # noqa: PLR0913 - click gives each option as an argument
    what: str,
    names: tuple[str, ...],
    batch: int | None,
    threads: int | None,
    peers: bool,
    planned: str | None,
    seconds: float,
    rounds: int,
    plot: Path | None,
    as_json: bool,
) -> None:
    """Measure training, prediction, one picture's latency and the processor's peak.

    The argument is train, infer, latency, all three (all), or only peak. Or it is what to vary in
    training: batch (1, 2, 4, … pictures), threads (1, 2, 4, …) or width (1, 2, 4, 8 times the maps
    and hidden units).

    Engines take turns, window by window. Rates are medians over the rounds. The ratio is to the
    fastest configuration of all peers, with the same number of threads. Effective GFLOP/s count
    each multiply-add of the network as two, including those skipped because a factor is zero.
    Memory is what the engine holds, and the most that the whole process has held so far.
    """
    if planned is not None:
        from digitile.bench.cases import case_of

        _show_ways(case_of("train", planned).network, as_json)
        return
    from digitile.bench import machine, measure, plots
    from digitile.bench.cases import cases_of
    from digitile.bench.peers import installed
    from digitile.engines.tile.peak import fma_peak
    from digitile.engines.tile.simd import VECTOR

    if plot is not None:
        plots.check(plot)
    axis = next((axis for axis in AXES if axis == what), None)
    cores = threads or processors()
    cases = [case for task in _tasks(what) for case in cases_of(task, names, batch, cores, axis)]
    others = _peers(installed()) if peers else []
    peak, cpu = fma_peak(cores), processor_name()
    if not as_json:
        click.echo(f"{cpu}, vectors of {VECTOR} float32")
        click.echo(f"FMA peak: {peak:.0f} GFLOP/s (threads: {cores})")
        click.echo(f"threads: {cores} of {THREADING}")
    rows: list[Timing] = []
    for case in cases:
        with _progress() as tell:
            rows.append(measure.measure(case, others, seconds, rounds, tell))
        for peer, reason in rows[-1].left_out.items():
            click.echo(f"digitile: {case}: left out {peer}: {reason}", err=True)
        if not as_json:
            _show(rows)
    with _progress() as tell:
        tell("memory bandwidth")
        bandwidth = machine.memory_bandwidth(cores)  # last: its arrays count in the peak memory
    if plot is not None:
        write_atomically(plot, plots.draw(rows, axis, peak, bandwidth, plot.suffix))
    if not as_json:
        click.echo(f"\nmemory: {bandwidth:.1f} GB/s (threads: {cores})")
        return
    about = {
        "cpu": cpu,
        "processors": processors(),
        "vector_width": VECTOR,
        "fma_peak_gflops": peak,
        "memory_gigabytes_per_second": bandwidth,
    }
    asked = {"threads": cores, "threading": THREADING, "seconds": seconds, "rounds": rounds}
    measured = {"measured": [asdict(row) for row in rows]}
    print_json({"machine": about, "versions": machine.versions(), **asked, **measured})


def _show_ways(network: "Network", as_json: bool) -> None:
    """Print how each convolution is computed, and the times that were compared."""
    from rich.console import Console
    from rich.table import Table

    from digitile.bench.ways import ways

    found = ways(network)
    if as_json:
        print_json({"network": str(network), "products": [asdict(way) for way in found]})
        return
    table = Table("convolution", "product", "way", "estimated half cycles per picture", box=None)
    for way in found:
        prices = sorted(way.prices.items(), key=lambda pair: pair[1])
        text = ", ".join(f"{name} {price:,.0f}" for name, price in prices)
        table.add_row(way.layer.replace("[", "\\["), way.product, way.chosen, text)
    Console(width=None if sys.stdout.isatty() else 120).print(table)


def _tasks(what: str) -> tuple[str, ...]:
    if what in TASKS:
        return (what,)
    return {"peak": (), "all": TASKS}.get(what, ("train",))


def _peers(found: list[str]) -> list[str]:
    from digitile.bench.peers import PEERS

    if missing := [peer for peer in PEERS if peer not in found]:
        click.echo(
            f"digitile: not installed, so not measured: {', '.join(missing)}. "
            "To install them: pip install 'digitile[bench]'",
            err=True,
        )
    return found


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """Show on standard error what is being done: one line that changes, or lines for a file.

    Nothing that moves by itself: it would take time from what is measured.
    """
    if not sys.stderr.isatty():
        yield lambda text: click.echo(f"digitile: {text}", err=True)
        return
    try:
        yield lambda text: click.echo(f"{_CLEAR}{text} …", nl=False, err=True)
    finally:
        click.echo(_CLEAR, nl=False, err=True)


_CLEAR = "\r\x1b[K"
"""To the start of the line, and nothing on it."""


def _show(rows: list["Timing"]) -> None:
    """Print the last row, the first of its task under a header."""
    row = rows[-1]
    if all(before.task != row.task for before in rows[:-1]):
        click.echo(
            f"\n{row.task:18}  batch  threads  images/s  GFLOP/s  of peak  "
            "engine MB  process MB  ratio  fastest peer"
        )
    rates, fastest, memory = row.images_per_second, row.fastest_peer, row.memory_bytes
    name = f"{row.recipe} ×{row.width}" if row.width > 1 else row.recipe
    ratio = "–" if row.ratio is None else f"{row.ratio:.2f}"
    peer = "–" if fastest is None else f"{fastest} {rates[fastest].median:,.0f}"
    most = memory["process_peak"]
    held = sum(memory[part] or 0 for part in ("parameters", "values", "tables"))
    click.echo(
        f"{name:18}  {row.batch:5}  {row.threads:7}  {rates['tile'].median:8,.0f}  "
        f"{row.gflops:7.1f}  {100 * row.share_of_peak:5.0f} %  {1e-6 * held:9.1f}  "
        f"{'–' if most is None else f'{1e-6 * most:,.0f}':>10}  {ratio:>5}  {peer}"
    )
