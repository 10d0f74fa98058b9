"""The papers' networks and trainings, one TOML file for each paper; and the reader's own."""

import difflib
import tomllib
from importlib.resources import files

import msgspec

from digitile.errors import SettingError
from digitile.recipes import reader
from digitile.recipes.recipe import Recipe
from digitile.training.settings import Settings

PAPERS = ("ma2018", "sjtu2025", "li2017", "wu2016", "lenet5")


def _read(paper: str) -> list[Recipe]:
    file = files(__package__) / f"{paper}.toml"
    found = tomllib.loads(file.read_text(encoding="utf-8"))
    return msgspec.convert(found["recipes"], list[Recipe])


RECIPES = {recipe.name: recipe for paper in PAPERS for recipe in _read(paper)}
RECIPES[reader.RECIPE.name] = reader.RECIPE

__all__ = ["RECIPES", "Recipe", "find", "names"]


def names() -> list[str]:
    """Return every recipe and variant: ``sjtu2025``, ``sjtu2025/12-16``, …."""
    return [
        name
        for recipe in RECIPES.values()
        for name in (recipe.name, *(f"{recipe.name}/{variant}" for variant in recipe.variants))
    ]


def find(name: str) -> tuple[Recipe, Settings]:
    """Return a recipe, and the settings of it or of its variant.

    Parameters
    ----------
    name : str
        ``RECIPE`` or ``RECIPE/VARIANT``.

    Raises
    ------
    SettingError
        For an unknown name, with the nearest known one.
    """
    if name not in names():
        near = difflib.get_close_matches(name, names(), n=1, cutoff=0.4)
        hint = f"Did you mean {near[0]}? " if near else ""
        raise SettingError(f"unknown recipe {name!r}. {hint}Known: {', '.join(names())}.")
    base, _, variant = name.partition("/")
    recipe = RECIPES[base]
    return recipe, recipe.settings.override(recipe.variants.get(variant, ()))
