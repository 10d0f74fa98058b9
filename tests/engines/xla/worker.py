"""The gradient of one mini-batch, by several devices in one process or one in each of several.

python -m tests.engines.xla.worker OUT DEVICES [PORT NUMBER COUNT]
"""

import sys

import numpy as np

from digitile.engines import make_engine, make_team
from digitile.nn import Network
from tests.engines.parity import problem

TEXT = "1x12x12 - 6C5 - ReLU - MP2 - SP2 - 9N - dropout(0.8) - 5N - softmax"
BATCHES = (40, 7)  # the second cannot be cut into four


def main(out: str, devices: int, place: list[str]) -> None:
    if place:
        make_team(f"127.0.0.1:{place[0]}", int(place[1]), int(place[2]))
    engine = make_engine("xla", Network.parse(TEXT), devices=devices)
    found = {}
    for batch in BATCHES:
        theta, x, labels, noise = problem(engine.network, batch, seed=batch)
        step = engine.gradient(theta, x, labels, noise)
        found |= {f"gradient{batch}": step.gradient, f"scores{batch}": step.scores}
        found[f"loss{batch}"] = np.array(step.loss)
    np.savez(out, **found)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3:])
