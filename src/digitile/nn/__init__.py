"""What a network is: layers and their equations, the specification every engine is held to.

Read in this order: `layer` (what a layer is), `conv`, `pool`, `linear`, `activations`, `dropout`,
`loss`, then `network` (layers in a row, their notation), `parameters`, `init`, `preprocess`.
"""

from digitile.nn.network import Network

__all__ = ["Network"]
