"""How a network is computed. `engine` says what every engine offers."""

from importlib.util import find_spec

from digitile.engines.engine import Batches, Engine, Step, Steps, Training
from digitile.engines.reference import ReferenceEngine
from digitile.engines.team import Team
from digitile.errors import SettingError
from digitile.nn.network import Network

XLA = {"xla": "float32", "xla-tf32": "tf32", "xla-bfloat16": "bfloat16"}
"""The engines on JAX, by what they compute in: they alone have devices, and join processes."""

ENGINES = ("tile", "reference", *XLA)

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
    "fastest_on_cpu",
    "make_engine",
    "make_team",
]


def make_engine(
    name: str, network: Network, threads: int | None = None, devices: int = 1
) -> Engine:
    """Return the engine called `name` for `network`, in float32.

    Raises `SettingError` for an unknown name, an engine that is not installed, or devices that
    there are not.

    Parameters
    ----------
    threads : int or None
        How many work on a batch, for an engine that has threads; None leaves it to the engine.
    devices : int
        How many share a mini-batch, for an engine that has devices; of each process.
    """
    check_engine(name)
    if name in XLA:
        from digitile.engines.xla import XlaEngine

        return XlaEngine(network, devices, precision=XLA[name])
    if devices != 1:
        raise SettingError(
            f"{devices} devices, but the engine {name} has one, with threads. Use --engine xla."
        )
    if name == "reference":
        return ReferenceEngine(network)
    from digitile.engines.tile.engine import TileEngine  # with it comes a compiler

    return TileEngine(network, threads)


def check_engine(name: str) -> None:
    """Raise `SettingError` unless there is an engine of that name, and what it needs."""
    if name not in ENGINES:
        raise SettingError(f"unknown engine {name!r}. Use one of: {', '.join(ENGINES)}.")
    if name in XLA:
        _require_jax()
    if name == "tile" and not _has_compiler():
        raise SettingError(
            "the engine tile wants Numba, which is not installed. Install it: "
            "pip install 'digitile[train]', or use --engine reference."
        )


def fastest_on_cpu() -> str:
    """Return the engine that computes fastest on a CPU, of those installed, once it is compiled."""
    return "tile" if _has_compiler() else "reference"


def make_team(coordinator: str, number: int, count: int) -> Team:
    """Return this process's place among `count`, once all of them are there.

    Raises `SettingError` where JAX is not installed; `WorkerError` where not all of them start in
    time.

    Parameters
    ----------
    coordinator : str
        HOST:PORT of the first.
    number, count : int
        Which this is, from 0, and how many.
    """
    _require_jax()
    from digitile.engines.xla import Processes

    return Processes(coordinator, number, count)


def _has_compiler() -> bool:
    return find_spec("numba") is not None


def _require_jax() -> None:
    if find_spec("jax") is None:
        raise SettingError(
            "the engine xla wants JAX, which is not installed. Install it: "
            "pip install 'digitile[xla]', or use --engine reference."
        )
