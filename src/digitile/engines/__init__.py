"""How a network is computed. `engine` says what every engine offers."""

from collections.abc import Callable

from digitile.engines.engine import Engine, Step, Steps
from digitile.engines.reference import ReferenceEngine
from digitile.errors import SettingError
from digitile.nn.network import Network


def _tile(network: Network) -> Engine:
    from digitile.engines.tile import TileEngine  # with it comes a compiler: only where it is used

    return TileEngine(network)


ENGINES: dict[str, Callable[[Network], Engine]] = {"tile": _tile, "reference": ReferenceEngine}

__all__ = ["ENGINES", "Engine", "Step", "Steps", "make_engine"]


def make_engine(name: str, network: Network) -> Engine:
    """Return the engine called `name` for `network`, in float32.

    Raises
    ------
    SettingError
        For an unknown name.
    """
    if name not in ENGINES:
        raise SettingError(f"unknown engine {name!r}. Use one of: {', '.join(ENGINES)}.")
    return ENGINES[name](network)
