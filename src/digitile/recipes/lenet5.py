"""LeNet-5, as LeCun, Bottou, Bengio and Haffner 1998 built it and li2017 §1.1 describes it.

Claims
    li2017: 60,000 parameters. LeCun et al.: 0.95 % test error on MNIST after 20 epochs.

Choices
    C3 has the partial connections of LeCun's table I; S2 and S4 are his trainable subsampling
    (sum, coefficient, bias, squashing), each C and S layer followed by a plain tanh. The last layer
    is 84→10 with softmax in place of his fixed radial basis functions, 850 parameters more: 60,850.
    28×28 pictures get a border of 2, and x/255. Batch size 10, learning rate 0.05 halved every 3
    epochs, 12 epochs and Xavier initialisation in place of his second-order rates.
"""

from digitile.recipes.recipe import Recipe
from digitile.training.settings import Settings

RECIPE = Recipe(
    name="lenet5",
    about=__doc__,
    data="mnist",
    settings=Settings(
        network="1x32x32 - 6C5 - tanh - TP2 - tanh - 16C5[lenet5] - tanh - TP2 - tanh"
        " - 120N - tanh - 84N - tanh - 10N - softmax",
        epochs=12,
        batch_size=10,
        lr=0.05,
        schedule="half-life(3)",
        validation=1000,
    ),
)
