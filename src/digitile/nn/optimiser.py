"""Stochastic gradient descent over the flat parameter array (wu2016 §2.3, §2.6, §2.7)."""

from dataclasses import dataclass

import numpy as np

from digitile.errors import SettingError
from digitile.nn.layer import Array
from digitile.nn.network import Network


@dataclass(frozen=True, eq=False)
class SGD:
    """The update rule, ready for one network.

    Attributes
    ----------
    momentum : float
        m, from 0 (plain descent) to below 1.
    scale : ndarray, float32, flat
        Each parameter's learning rate relative to the common one.
    decay : ndarray, float32, flat
        λ for weights, 0 for biases.
    """

    momentum: float
    scale: Array
    decay: Array

    @classmethod
    def of(
        cls,
        network: Network,
        momentum: float,
        weight_decay: float,
        bias_lr: float,
        layer_lr: tuple[float, ...],
    ) -> "SGD":
        """Lay the rates of layers and biases out over the flat array.

        Parameters
        ----------
        network : Network
        momentum : float
        weight_decay : float
            λ.
        bias_lr : float
            Learning rate of biases relative to weights.
        layer_lr : tuple of float
            One relative rate for each layer with parameters, or none at all for 1 everywhere.

        Raises
        ------
        SettingError
            Where the number of layer rates does not fit.
        """
        slots = network.arena.slots
        layers = sorted({slot.layer for slot in slots})
        if layer_lr and len(layer_lr) != len(layers):
            raise SettingError(
                f"layer_lr has {len(layer_lr)} rates, the network has {len(layers)} layers with "
                "parameters. Give one for each, or none."
            )
        biases = network.arena.mask("b")
        scale = np.where(biases, bias_lr, 1.0).astype(np.float32)
        for slot in slots:
            if layer_lr:
                scale[slot.start : slot.stop] *= layer_lr[layers.index(slot.layer)]
        return cls(momentum, scale, np.where(biases, 0.0, weight_decay).astype(np.float32))

    def step(
        self, theta: Array, velocity: Array, gradient: Array, lr: float
    ) -> tuple[Array, Array]:
        """Return θ and Δθ after one step.

        Δθ ← m·Δθ + η·s·(dE/dθ + λθ);  θ ← θ − Δθ  (wu2016 (44), (47), (48); li2017 (16) lacks the
        brackets round dE/dθ + λθ).

        Parameters
        ----------
        theta, velocity : ndarray, float32, flat
            θ and Δθ before it.
        gradient : ndarray, float32, flat
        lr : float
            η.
        """
        velocity = self.momentum * velocity + lr * self.scale * (gradient + self.decay * theta)
        return theta - velocity, velocity
