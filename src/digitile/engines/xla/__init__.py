"""The XLA engine: `nn`'s own equations on JAX's arrays, compiled for processors or a GPU.

Read in this order: `conv` (the one layer that is lowered), `precision`, `programs` (what is
compiled), `devices`, `training`, `engine`; `processes` for several of them.
"""

from digitile.engines.xla.engine import XlaEngine
from digitile.engines.xla.processes import Processes

__all__ = ["Processes", "XlaEngine"]
