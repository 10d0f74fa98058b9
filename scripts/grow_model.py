"""Inserts a residual block into a model's network that, untrained, changes no answer.

    $ python scripts/grow_model.py MODEL BLOCK BEFORE OUT

BLOCK is written as in a network's text, ``+(64C3d3same - ReLU - 64C3same) - ReLU``; it is put
before the first layer written BEFORE, ``128C1``. Its last convolution begins with zeros: where what
goes in is the output of a ReLU, what comes out is the same (after Chen, Goodfellow and Shlens 2016,
"Net2Net"). Train the result further: ``digitile train reader --start OUT --set network=…``.
"""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from digitile.model import load_model, save_model
from digitile.nn.init import Init
from digitile.nn.network import Network


def main() -> None:
    """Write the model with the block."""
    given, block, before, out = sys.argv[1:]
    model = load_model(Path(given))
    text = str(model.network)
    if f" - {before} - " not in text:
        sys.exit(f"no layer of {text} is written {before}.")
    network = Network.parse(text.replace(f" - {before} - ", f" - {block} - {before} - ", 1))
    at = next(i for i, layer in enumerate(model.network.layers) if str(layer) == before)
    added = len(network.layers) - len(model.network.layers)
    slots = [slot for slot in network.arena.slots if at <= slot.layer < at + added]
    start, stop = slots[0].start, slots[-1].stop
    theta = Init.parse("msra").draw(network, 0.0, np.random.default_rng(0))
    theta[:start], theta[stop:] = model.theta[:start], model.theta[start:]
    theta[slots[-2].start : stop] = 0  # the weights and biases of the last convolution
    save_model(replace(model, network=network, theta=theta), Path(out))


if __name__ == "__main__":
    main()
