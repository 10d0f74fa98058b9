"""How a network is computed. `engine` says what every engine offers."""

from collections.abc import Callable
from importlib.util import find_spec

from digitile.engines.engine import Batches, Engine, Step, Steps, Training
from digitile.engines.reference import ReferenceEngine
from digitile.engines.team import Team
from digitile.errors import SettingError
from digitile.nn.network import Network


def _tile(network: Network, threads: int | None, devices: int) -> Engine:
    # with it comes a compiler: only where it is used
    from digitile.engines.tile.engine import TileEngine

    _one_device("tile", devices)
    return TileEngine(network, threads)


def _reference(network: Network, _threads: int | None, devices: int) -> Engine:
    _one_device("reference", devices)
    return ReferenceEngine(network)


def _xla(precision: str) -> Callable[[Network, int | None, int], Engine]:
    def make(network: Network, _threads: int | None, devices: int) -> Engine:
        from digitile.engines.xla import XlaEngine

        return XlaEngine(network, devices, precision=precision)

    return make


XLA = {"xla": "float32", "xla-tf32": "tf32", "xla-bfloat16": "bfloat16"}
"""The engines on JAX, by what they compute in: they alone have devices, and join processes."""

ENGINES: dict[str, Callable[[Network, int | None, int], Engine]] = {
    "tile": _tile,
    "reference": _reference,
    **{name: _xla(precision) for name, precision in XLA.items()},
}

__all__ = [
    "ENGINES",
    "XLA",
    "Batches",
    "Engine",
    "Step",
    "Steps",
    "Team",
    "Training",
    "check_engine",
    "make_engine",
    "make_team",
]


def make_engine(
    name: str, network: Network, threads: int | None = None, devices: int = 1
) -> Engine:
    """Return the engine called `name` for `network`, in float32.

    Parameters
    ----------
    name : str
    network : Network
    threads : int or None
        How many work on a batch, for an engine that has threads; None leaves it to the engine.
    devices : int
        How many share a mini-batch, for an engine that has devices; of each process.

    Raises
    ------
    SettingError
        For an unknown name, an engine that is not installed, or devices that there are not.
    """
    check_engine(name)
    return ENGINES[name](network, threads, devices)


def check_engine(name: str) -> None:
    """Raise unless there is an engine called `name`, and what it needs is installed.

    Raises
    ------
    SettingError
    """
    if name not in ENGINES:
        raise SettingError(f"unknown engine {name!r}. Use one of: {', '.join(ENGINES)}.")
    if name in XLA:
        _require_jax()


def make_team(coordinator: str, number: int, count: int) -> Team:
    """Return this process's place among `count`, once all of them are there.

    Parameters
    ----------
    coordinator : str
        HOST:PORT of the first.
    number, count : int
        Which this is, from 0, and how many.

    Raises
    ------
    SettingError
        Where JAX is not installed.
    WorkerError
        Where not all of them start in time.
    """
    _require_jax()
    from digitile.engines.xla import Processes

    return Processes(coordinator, number, count)


def _one_device(name: str, devices: int) -> None:
    if devices != 1:
        raise SettingError(
            f"{devices} devices, but the engine {name} has one, with threads. Use --engine xla."
        )


def _require_jax() -> None:
    if find_spec("jax") is None:
        raise SettingError(
            "the engine xla wants JAX, which is not installed. Install it: "
            "pip install 'digitile[xla]', or use --engine tile."
        )
