"""One row of a benchmark: a network, a batch and threads, in our engine and the peers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Literal

from digitile.bench import ours, peers
from digitile.bench.contest import Rates, Work, contest
from digitile.bench.counts import prediction_flops, traffic, training_flops, widened
from digitile.bench.task import OPTIMISER, BenchTask
from digitile.engines.tile.engine import TileEngine
from digitile.engines.tile.peak import peak_work
from digitile.errors import DigitileError
from digitile.nn.network import Network

WIDTHS = (1, 2, 4, 8)
PEAK = "peak"
Axis = Literal["batch", "threads", "width"]


@dataclass(frozen=True)
class Case:
    """What is measured."""

    task: str  # train: whole steps; infer, latency: predictions of many pictures at once, of one
    recipe: str
    network: Network
    batch: int  # pictures at once
    threads: int
    width: int = 1  # how many times the recipe's maps and hidden units the network has
    optimiser: str = OPTIMISER  # the rule of a training step, in its notation

    def __str__(self) -> str:
        """Return e.g. train sjtu2025 ×2, batch 10, threads 2."""
        width = f" ×{self.width}" if self.width > 1 else ""
        return f"{self.task} {self.recipe}{width}, batch {self.batch}, threads {self.threads}"


@dataclass(frozen=True)
class Timing:
    """What was measured."""

    # as in `Case`; the network in its notation
    task: str
    recipe: str
    network: str
    batch: int
    threads: int
    width: int
    optimiser: str
    images_per_second: dict[str, Rates]  # of ``tile`` and each configuration of a peer
    gflops: float  # the tile engine's effective GFLOP/s
    # what as many threads multiply and add on registers, measured in turn with the rest
    peak_gflops: float
    share_of_peak: float  # gflops / peak_gflops, round by round: the median
    flops_per_byte: float  # operations over the bytes that have to move (`counts.traffic`)
    ratio: float | None  # the tile engine's rate to the fastest peer's; None without one
    fastest_peer: str | None
    # Peers, or configurations of theirs, that could not take part, and why
    left_out: dict[str, str]
    # the engine's parameters, values and errors, and tables; and the most the whole process has had
    # so far, compiler and peers included
    memory_bytes: dict[str, int | None]


def sweep(case: Case, axis: Axis, most: int) -> list[Case]:
    """Return the case with 1, 2, 4, … and `most` pictures or threads, or with each of `WIDTHS`."""
    if axis == "width":
        return [replace(case, network=widened(case.network, n), width=n) for n in WIDTHS]
    counts = [2**n for n in range(most.bit_length())]
    if counts[-1] != most:
        counts.append(most)
    return [replace(case, batch=n) if axis == "batch" else replace(case, threads=n) for n in counts]


def measure(
    case: Case,
    names: Sequence[str],
    seconds: float,
    rounds: int,
    tell: Callable[[str], None],
) -> Timing:
    """Time the tile engine and peers in turn.

    Parameters
    ----------
    names : sequence of str
        The peers.
    seconds : float
        Length of one window.
    rounds : int
        Windows for each.
    tell : callable
        Gets a line about what is being done.
    """
    network, train = case.network, case.task == "train"
    engine = TileEngine(network, case.threads)
    task = BenchTask.draw(network, case.batch, train, case.threads, case.optimiser)
    tell(f"{case}: tile")
    if train:
        own, pictures = ours.training(engine, task)
    else:
        own, pictures = ours.prediction(engine, task), case.batch
    works: dict[str, Work] = {"tile": own}
    own()
    left_out: dict[str, str] = {}
    for name in names:
        found, reasons = _prepared(name, task, lambda text: tell(f"{case}: {text}"))
        left_out |= reasons
        works |= {key: _repeated(work, pictures // case.batch) for key, work in found.items()}
    tell(f"{case}: measuring")
    works[PEAK], gflop = peak_work(case.threads)
    result = contest(works, pictures, seconds, rounds, aside=[PEAK])
    peak = result.rates.pop(PEAK)
    flops = training_flops(network) if train else prediction_flops(network)
    tile = result.rates["tile"]
    shares = [
        1e-9 * flops * ours / (gflop * top / pictures)
        for ours, top in zip(tile.rounds, peak.rounds, strict=True)
    ]
    return Timing(
        task=case.task,
        recipe=case.recipe,
        network=str(network),
        batch=case.batch,
        threads=case.threads,
        width=case.width,
        optimiser=case.optimiser,
        images_per_second=result.rates,
        gflops=1e-9 * flops * tile.median,
        peak_gflops=gflop * peak.median / pictures,
        share_of_peak=median(shares),
        flops_per_byte=flops
        * case.batch
        / traffic(network, case.batch, task.rule if train else None),
        ratio=result.ratio,
        fastest_peer=result.fastest,
        left_out=left_out,
        memory_bytes=ours.memory(engine),
    )


def _prepared(
    peer: str, task: BenchTask, tell: Callable[[str], None]
) -> tuple[dict[str, Work], dict[str, str]]:
    """Return the peer's works, compiled, and for those that cannot be had the reason."""
    tell(f"preparing {peer}")
    works, left_out = {}, {}
    try:
        found = peers.works(peer, task)
    except Exception as error:  # also what an import of theirs may raise
        return {}, {peer: _reason(error)}
    for name, work in found.items():
        tell(f"first call of {name}")
        try:
            work()  # compiles
        except Exception as error:
            left_out[name] = _reason(error)
        else:
            works[name] = work
    return works, left_out


def _reason(error: Exception) -> str:
    """Return our own message, or the kind and first line of another's."""
    if isinstance(error, DigitileError):
        return str(error)
    return f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}"


def _repeated(work: Work, times: int) -> Work:
    """Return a work that does another so many times."""

    def repeat() -> None:
        for _ in range(times):
            work()

    return repeat
