"""The tile engine: how it computes what `digitile.nn` says, fast.

Read in this order: `tile` (the one product), `storage` and `packing` (where values and parameters
lie), `conv`, `linear`, `pool`, `activations`, `dropout`, `loss` (each layer's kernels and
lowering, beside its equations in `nn`), `plan` (layers in a row), `execute` (lanes, threads,
steps), `engine`.
"""

from digitile.engines.tile.compile import keep_on_disk
from digitile.engines.tile.engine import TileEngine
from digitile.engines.tile.execute import execute

__all__ = ["TileEngine", "is_compiled"]


def is_compiled() -> bool:
    """Return whether the machine code lies on disk, so that the engine is ready in a second."""
    return keep_on_disk(execute)
