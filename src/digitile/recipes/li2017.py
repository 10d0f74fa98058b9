"""Li Sifan and Gao Faqin 2017, Handwritten Numeral Recognition Based on Convolution Neural Network.

Claims (MNIST, 2,000 training and 1,000 test pictures drawn at random)
    Fig. 4: of the batch sizes 50, 100 and 200, 50 converges fastest and lowest, by about 30 epochs.
    Fig. 5: with 2 and 8, 6 and 12, 10 and 16 maps, all pass 90 % by 30 epochs; 6 and 12 is fastest.
    Fig. 6: of the learning rates 0.2, 0.5, 1.0, 1.2, 2.0, larger is faster, and 2.0 oscillates.
    Fig. 7: against samples seen, learning rate 1.0 falls faster than 0.5 and 0.2.
    Table 1, error: 1-NN 15.0 %, KNN 5.50 %, SVM after deskewing 1.69 %, this network 0.98 %.
    3,966 parameters; the standard count is 3,898. (3,966 has a bias for each of C3's 72 kernels and
    for each of the 18 pooled maps, and none at the output.) 0.98 % is no multiple of 1 in 1,000.

Choices
    100 epochs, batch size 50, learning rate 1.0 where a figure varies something else; weight decay
    λ = 0.0001, on weights only; Xavier initialisation, biases 0, x/255; targets 0 and 1. Pooling
    has neither bias nor activation, against (3).
"""

from digitile.recipes.recipe import Recipe
from digitile.training.settings import Settings


def _network(first: int, second: int) -> str:
    hidden = f"{first}C5 - sigmoid - AP2 - {second}C5 - sigmoid - AP2"
    return f"1x28x28 - {hidden} - 10N - sigmoid - squared"


RECIPE = Recipe(
    name="li2017",
    about=__doc__,
    data="mnist",
    settings=Settings(
        network=_network(6, 12),
        epochs=100,
        batch_size=50,
        lr=1.0,
        weight_decay=0.0001,
        train_pictures=2000,
        test_pictures=1000,
    ),
    variants={
        "2-8": (f"network={_network(2, 8)}",),
        "10-16": (f"network={_network(10, 16)}",),
    },
)
