"""How a network is computed. `engine` says what every engine offers."""

from collections.abc import Callable

from digitile.engines.engine import Engine, Step, Steps
from digitile.engines.reference import ReferenceEngine
from digitile.errors import SettingError
from digitile.nn.network import Network


def _tile(network: Network, threads: int | None) -> Engine:
    from digitile.engines.tile import TileEngine  # with it comes a compiler: only where it is used

    return TileEngine(network, threads)


def _reference(network: Network, _threads: int | None) -> Engine:
    return ReferenceEngine(network)


def _xla(network: Network, _threads: int | None) -> Engine:
    try:
        from digitile.engines.xla import XlaEngine
    except ImportError:
        raise SettingError(
            "the engine xla wants JAX, which is not installed. Install it: "
            "pip install 'digitile[xla]', or use --engine tile."
        ) from None
    return XlaEngine(network)


ENGINES: dict[str, Callable[[Network, int | None], Engine]] = {
    "tile": _tile,
    "reference": _reference,
    "xla": _xla,
}

__all__ = ["ENGINES", "Engine", "Step", "Steps", "make_engine"]


def make_engine(name: str, network: Network, threads: int | None = None) -> Engine:
    """Return the engine called `name` for `network`, in float32.

    Parameters
    ----------
    name : str
    network : Network
    threads : int or None
        How many work on a batch, for an engine that has threads; None leaves it to the engine.

    Raises
    ------
    SettingError
        For an unknown name.
    """
    if name not in ENGINES:
        raise SettingError(f"unknown engine {name!r}. Use one of: {', '.join(ENGINES)}.")
    return ENGINES[name](network, threads)
