"""digitile bench: how fast it is on this machine."""

import os
from typing import Any

import click

from digitile import recipes
from digitile.cli.console import as_json, print_json
from digitile.nn.network import Network

RECIPES = ("ma2018", "sjtu2025", "li2017", "wu2016-mnist", "wu2016-cifar10")


@click.command()
@click.argument(
    "what", type=click.Choice(["train", "infer", "latency", "peak", "all"]), default="all"
)
@click.option("--recipe", "names", multiple=True, help="Which; may be repeated.  [default: five]")
@click.option(
    "--batch",
    type=click.IntRange(1, 65536),
    help="Pictures at once.  [default: the recipe's in training, 1000 in prediction]",
)
@click.option("--threads", type=click.IntRange(1), help="[default: one for each processor]")
@click.option("--peers", is_flag=True, help="Measure PyTorch and JAX in turn, where installed.")
@click.option("--seconds", type=click.FloatRange(0.01), default=0.5, show_default=True)
@click.option("--rounds", type=click.IntRange(1), default=5, show_default=True)
@as_json
def bench(
    what: str,
    names: tuple[str, ...],
    batch: int | None,
    threads: int | None,
    peers: bool,
    seconds: float,
    rounds: int,
    as_json: bool,
) -> None:
    """Measure training, prediction, one picture's latency and the processor's peak.

    Engines take turns, window by window; rates are medians over the rounds, and the ratio is to
    the fastest configuration of all peers. Effective GFLOP/s count each multiply-add of the
    network as two, also those that are skipped because they are with zeros.
    """
    from digitile.engines.tile.peak import fma_peak

    cores = threads or len(os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else [0])
    peak = fma_peak(cores)
    result: dict[str, Any] = {"threads": cores, "fma_peak_gflops": peak, "measured": []}
    if not as_json:
        click.echo(f"FMA peak: {peak:.0f} GFLOP/s on {cores} threads")
    tasks = [] if what == "peak" else ["train", "infer", "latency"] if what == "all" else [what]
    for task in tasks:
        if not as_json:
            click.echo(f"\n{task:15} batch  images/s  GFLOP/s  of peak  ratio  fastest peer")
        for name in names or RECIPES:
            row = _measure(task, name, batch, cores, peers, seconds, rounds, peak)
            result["measured"].append(row)
            click.echo(f"digitile: {task} {name} measured" if as_json else _line(row), err=as_json)
    if as_json:
        print_json(result)


def _measure(
    task: str,
    name: str,
    batch: int | None,
    threads: int,
    peers: bool,
    seconds: float,
    rounds: int,
    peak: float,
) -> dict[str, Any]:
    from digitile.bench import ours
    from digitile.bench import peers as other
    from digitile.bench.contest import Work, contest
    from digitile.engines.tile import TileEngine

    _, settings = recipes.find(name)
    network = Network.parse(settings.network)
    engine, train = TileEngine(network, threads), task == "train"
    size = {"train": batch or settings.batch_size, "infer": batch or 1000, "latency": 1}[task]
    works: dict[str, Work] = {}
    if train:
        works["tile"], pictures = ours.training(engine, size)
    else:
        works["tile"], pictures = ours.prediction(engine, size), size
    for peer in other.installed() if peers else []:
        for configuration, work in other.works(peer, network, size, train, threads).items():
            works[configuration] = _repeated(work, pictures // size)
    found = contest(works, pictures, seconds, rounds)
    flops = (ours.training_flops if train else ours.prediction_flops)(network)
    gflops = 1e-9 * found.rates["tile"] * flops
    return {
        "task": task,
        "recipe": name,
        "batch": size,
        "images_per_second": found.rates,
        "gflops": gflops,
        "share_of_peak": gflops / peak,
        "ratio": found.ratio,
        "fastest_peer": found.fastest,
    }


def _repeated(work: Any, times: int) -> Any:
    """Return a work that does another so many times."""

    def repeat() -> None:
        for _ in range(times):
            work()

    return repeat


def _line(row: dict[str, Any]) -> str:
    rates, fastest = row["images_per_second"], row["fastest_peer"]
    ratio = "–" if row["ratio"] is None else f"{row['ratio']:.2f}"
    peer = "–" if fastest is None else f"{fastest} {rates[fastest]:,.0f}"
    return (
        f"{row['recipe']:15} {row['batch']:5} {rates['tile']:9,.0f} {row['gflops']:8.1f} "
        f"{100 * row['share_of_peak']:6.0f} % {ratio:>6}  {peer}"
    )
