"""The papers' networks: their sizes, and names that are found or guessed."""

import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

from digitile import recipes
from digitile.errors import SettingError
from digitile.nn import Network
from digitile.training.settings import Settings

PARAMETERS = {
    "ma2018": 3_898,
    "ma2018/tanh": 3_898,
    "ma2018/tanhkx": 3_898,
    "ma2018/relu": 3_898,
    "ma2018/leaky": 3_898,
    "sjtu2025": 3_898,
    "sjtu2025/12-16": 7_698,
    "sjtu2025/16-32": 18_378,
    "sjtu2025/1x1": 4_746,
    "sjtu2025/3x3": 23_786,
    "sjtu2025/3x3-same": 27_626,
    "sjtu2025/3x3-before": 25_386,
    "sjtu2025/dropout": 3_898,
    "li2017": 3_898,
    "li2017/2-8": 1_750,
    "li2017/10-16": 6_846,
    "wu2016-mnist": 150_770,
    "wu2016-mnist/printed": 150_770,
    "wu2016-mnist/fast": 150_770,
    "wu2016-mnist/plain": 159_010,  # 784·200 + 200 + 200·10 + 10
    "wu2016-cifar10": 138_570,
    "wu2016-cifar10/caffe-init": 138_570,
    "wu2016-cifar10/plain": 616_610,  # 3,072·200 + 200 + 200·10 + 10
    "lenet5": 60_850,  # LeCun's 60,000 and 84·10 + 10 for the last layer
    "reader": 264_883,
}


def test_every_recipe_is_counted() -> None:
    assert recipes.names() == list(PARAMETERS)


@pytest.mark.parametrize("name", PARAMETERS)
def test_parameters(name: str) -> None:
    recipe, settings = recipes.find(name)
    assert recipe.name == name.split("/", maxsplit=1)[0]
    assert Network.parse(settings.network).arena.size == PARAMETERS[name]


def test_layers_of_wu2016_mnist_as_printed() -> None:
    arena = Network.parse(recipes.find("wu2016-mnist")[1].network).arena
    sizes = [0] * 8
    for slot in arena.slots:
        sizes[slot.layer] += slot.stop - slot.start
    assert sizes == [520, 0, 20_040, 0, 128_200, 0, 2_010, 0]


def test_layers_of_wu2016_cifar10_shrink_as_printed() -> None:
    shapes = Network.parse(recipes.find("wu2016-cifar10")[1].network).shapes
    sides = [shape[1] for shape in shapes if len(shape) == 3]
    assert sides == [32, 32, 16, 16, 16, 16, 8, 8, 8, 4]


@pytest.mark.parametrize("paper", recipes.PAPERS)
def test_no_key_is_misspelt(paper: str) -> None:
    """A key that is no field would be passed over in silence."""
    path = Path(recipes.__file__).with_name(f"{paper}.toml")
    for recipe in tomllib.loads(path.read_text(encoding="utf-8"))["recipes"]:
        assert recipe.keys() <= {field.name for field in fields(recipes.Recipe)}
        assert recipe["settings"].keys() <= {field.name for field in fields(Settings)}


@pytest.mark.parametrize("recipe", recipes.RECIPES.values(), ids=lambda r: r.name)
def test_each_recipe_states_claims_and_choices(recipe: recipes.Recipe) -> None:
    assert "Claims" in recipe.about
    assert "Choices" in recipe.about


def test_unknown_names_are_guessed() -> None:
    with pytest.raises(SettingError, match="Did you mean wu2016-mnist"):
        recipes.find("wu2016-mnits")
    with pytest.raises(SettingError, match="Did you mean sjtu2025/12-16"):
        recipes.find("sjtu2025/12-61")
