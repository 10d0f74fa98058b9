"""The same networks in other frameworks, in every configuration that may be their fastest.

Each module is named after its framework and has one function, `works`. Installed with
``pip install 'digitile[bench]'``; without them only the comparison is missing.
"""

from importlib import import_module
from importlib.util import find_spec

from digitile.bench.contest import Work
from digitile.bench.task import BenchTask

PEERS = {
    "torch": ("torch",),
    "jax": ("jax",),
    "onnxruntime": ("onnxruntime", "onnx"),  # onnx writes the graph
}
"""Each peer and what it needs."""


def installed() -> list[str]:
    """Return the peers that can be imported."""
    return [peer for peer, needs in PEERS.items() if all(map(find_spec, needs))]


def works(peer: str, task: BenchTask) -> dict[str, Work]:
    """Return one peer's configurations, each as a work on the task's batch; none it does not offer.

    A prediction's work returns the scores as `Engine.scores` does; a training step's the loss
    before it. The batch lies ready as float32. A step is by the task's rule, with weight decay on
    biases, too: one group of parameters is faster for them.

    Raises
    ------
    SettingError
        For a layer that is not lowered there.
    """
    found: dict[str, Work] = import_module(f"{__name__}.{peer}").works(task)
    return found
