"""The network that the reader uses: digits of any hand, in any light, and what is none."""

from digitile.recipes.recipe import Recipe
from digitile.training.settings import Settings

RECIPE = Recipe(
    name="reader",
    about="""Of no paper: the bundled model, for digits as photos have them (docs/model.md).

Claims
    99.6 % of MNIST's test pictures; 97 % on the mean of 15 corruptions (digitile evaluate
    --corruptions); 95 % of what is no digit refused where 98 % of the digits are accepted.

Choices
    The network is wu2016's with more maps, ReLU after each convolution and dropout: 259,307
    parameters, so that the file is 1 MB and one digit takes the reference engine a millisecond.
    Half of what training sees is moved and bent only (Simard 2003), the rest is spoiled as well:
    each word of `augment` happens to a share of the pictures, so that clean digits stay common.
    Mirroring is left out: a mirrored digit is none. Turns stay below 20°, so that 6 and 9, 1 and 7
    are told apart. What is no digit is one class more, drawn anew by the seed, and augmented too;
    it counts for a fifth of the pictures. The learning rate falls in a straight line to 0: the last
    epochs average out the augmentation's chance. Temperature and error rates come from the held-out
    pictures, as they are and augmented.
""",
    data="mnist",
    train_on="mnist",
    settings=Settings(
        network="1x28x28 - 32C5 - ReLU - MP2 - 64C5 - ReLU - MP2 - 200N - ReLU - dropout(0.5)"
        " - 11N - softmax",
        epochs=60,
        batch_size=100,
        lr=0.05,
        schedule="linear(0)",
        momentum=0.9,
        weight_decay=0.0001,
        init="msra",
        augment="shift(3) rotate(18) scale(0.3) shear(0.3) elastic(1,4) thick(2.5,0.3)"
        " neighbour(6,0.1) cut(5,0.1) patch(0.5,0.08) ruled(1,0.12) blur(1.5,0.15) light(0.6,0.15)"
        " haze(2.5,0.12) noise(0.35,0.15) impulse(0.25,0.08)",
        validation=5000,
        nondigits=14000,
        calibration=4,
    ),
)
