"""What a network is: layers and their equations, the specification every engine is held to.

Read in this order: `layer` (what a layer is), `conv`, `pool`, `linear`, `activations`, `dropout`,
`residual`, `loss` and `places` (what networks of one answer and of many end in), then `notation`
and `network` (layers in a row), `passes` (there and back through them), `parameters`, `init`,
`preprocess`, `optimiser`, `finite`.
"""

from digitile.nn.network import Network

__all__ = ["Network"]
