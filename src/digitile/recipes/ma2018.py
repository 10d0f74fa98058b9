"""Ma Liyang 2018, Research on Deep Learning Algorithm about Handwriting Based on the CNN.

Claims (MNIST)
    Figs. 4, 5, 8: tanh, tanh + kx and ReLU with their derivatives.
    Fig. 6: of several k in tanh(x) + kx, k = 0.13 falls fastest; error 0.1694 after 600 iterations.
    Fig. 7: of the learning rates 0.1, 1.5, 2, 3, 4, 5, 2 falls fastest, to 0.0481.
    Fig. 9: of six slopes α from 0 to 0.06 below zero, 0.05 is best and 0 (ReLU) slowest.

Choices
    The paper names no network: its listings are those of DeepLearnToolbox, whose example network,
    initialiser, batch size 50, learning rate 1 and x/255 are used here, with one epoch.
    Output: sigmoid, against targets 0 and 1. "Error" is taken to be the smoothed loss
    rL ← 0.99·rL + 0.01·L. The toolbox convolves with turned kernels; here kernels are stored
    turned, which is the same network.
    600 iterations are one epoch at batch size 100: --set batch_size=100.
"""

from digitile.recipes.recipe import Recipe
from digitile.training.settings import Settings

_TANH_KX = "tanhkx(0.13)"
_LEAKY = "leaky(0.05)"


def _network(activation: str) -> str:
    hidden = f"6C5 - {activation} - AP2 - 12C5 - {activation} - AP2"
    return f"1x28x28 - {hidden} - 10N - sigmoid - squared"


RECIPE = Recipe(
    name="ma2018",
    about=__doc__,
    data="mnist",
    settings=Settings(network=_network("sigmoid"), epochs=1, batch_size=50, lr=1.0, init="toolbox"),
    variants={
        "tanh": (f"network={_network('tanh')}",),
        "tanhkx": (f"network={_network(_TANH_KX)}",),
        "relu": (f"network={_network('ReLU')}",),
        "leaky": (f"network={_network(_LEAKY)}",),
    },
)
