"""Gradients and a training, by several devices in one process or one in each of several.

python -m tests.engines.xla.worker OUT DEVICES [PORT NUMBER COUNT]
"""

import sys

import numpy as np

from digitile.engines import make_engine, make_team
from digitile.nn.loss import select
from tests.engines.trainings import PAGE, batches_of, optimiser_of, problem

TEXTS = ("1x12x12 - 6C5 - ReLU - MP2 - SP2 - 9N - dropout(0.8) - 5N - softmax", PAGE)
BATCHES = (40, 7)  # the second cannot be cut into four


def main(out: str, devices: int, place: list[str]) -> None:
    if place:
        make_team(f"127.0.0.1:{place[0]}", int(place[1]), int(place[2]))
    found = {}
    for text in TEXTS:
        network, theta, images, target = problem(text, max(BATCHES))
        engine = make_engine("xla", network, devices=devices)
        optimiser = optimiser_of(network)
        for batch in BATCHES:
            batches = batches_of(network, images, target, 3, batch)
            chosen = batches.order[0]
            step = engine.gradient(
                theta, images[chosen] / np.float32(255), select(target, chosen), batches.noise[0]
            )
            training = engine.training(optimiser, optimiser.start(theta))
            losses = training.take(batches).losses
            values = (step.loss, step.scores, step.gradient, losses, training.state().theta)
            found |= {f"{text}, {batch}, {n}": np.array(own) for n, own in enumerate(values)}
    np.savez(out, **found)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3:])
