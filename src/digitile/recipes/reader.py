"""The network that sees the page: digits anywhere on it, with their boxes, and what is none."""

from digitile.recipes.recipe import Recipe
from digitile.training.settings import Settings

RECIPE = Recipe(
    name="reader",
    about="""Of no paper: a network of convolutions alone, trained on scenes drawn as it goes.

Claims
    The bundled model went on from here, with a residual block more; docs/model.md has its figures.

Choices
    At each 4×4 pixels it answers which of ten digits, point, comma, dash or slash has its middle
    there, or none, and with which box. It looks at 93×93 pixels, about three digits of the size it
    is taught (16 to 50 pixels): maps are halved twice, and three convolutions are dilated where
    halving once more would lose thin strokes. Residual connections (He et al. 2016) around three
    pairs of convolutions. 264,883 parameters.
    Focal cross-entropy (Lin et al. 2017), for nearly all places are none and easy. No batch
    normalisation; MSRA's first weights, AdamW with a bound on the gradient, a rate that rises and
    then falls along a cosine, and the average of the parameters take its place. Of rates of 0.002,
    0.005 and 0.01, the second learnt most from the first 25,000 scenes.
    Every epoch draws its own scenes; each is shown twice.
""",
    data="scenes",
    train_on="scenes",
    settings=Settings(
        network="1x128x192 - 16C3same - ReLU - 32C3s2same - ReLU - 32C3same - ReLU"
        " - 64C3s2same - ReLU - +(64C3same - ReLU - 64C3d2same) - ReLU"
        " - +(64C3d3same - ReLU - 64C3same) - ReLU - +(64C3d2same - ReLU - 64C3same) - ReLU"
        " - 128C1 - ReLU - 19C1 - focal(1.5)+box(0.1)",
        epochs=120,
        batch_size=16,
        lr=0.004,
        schedule="cosine(0.00001,0.02)",
        optimiser="adamw(0.9,0.999)",
        weight_decay=0.01,
        clip=5.0,
        average=0.999,
        init="msra",
        preprocess="even",
        validation=256,
        calibration=3000,
        scenes=2048,
        repeats=2,
    ),
)
