"""What the catalog's files share: short ways to write arms."""

from collections.abc import Iterable
from dataclasses import replace

from digitile import recipes
from digitile.lab.experiment import Arm, Assumption, Panel, Text, Training


def train(
    name: str, label: Text, recipe: str, *overrides: str, seeds: int = 0, watch: bool = False
) -> Arm:
    """Return an arm that trains a recipe."""
    return Arm(name, label, Training(recipe, overrides, watch), seeds)


def sweep(
    prefix: str,
    words: Text,
    setting: str,
    values: Iterable[float],
    recipe: str,
    *overrides: str,
    seeds: int = 0,
) -> tuple[Arm, ...]:
    """Return arms that differ in one setting; their names are the prefix and the value."""
    return tuple(
        train(
            f"{prefix}{value:g}",
            Text(f"{words.en} {value:g}", f"{words.zh} {value:g}"),
            recipe,
            *overrides,
            f"{setting}={value:g}",
            seeds=seeds,
        )
        for value in values
    )


def network(recipe: str, *changes: tuple[str, str, int]) -> str:
    """Return the setting of a recipe's network with words in it changed.

    Parameters
    ----------
    recipe : str
    *changes : (str, str, int)
        What stands there, what shall stand there, and how often from the left, −1 for everywhere.
    """
    text = recipes.find(recipe)[1].network
    for before, after, count in changes:
        text = text.replace(before, after, count)
    return f"network={text}"


def elsewhere(experiment: str, *assumptions: Assumption) -> tuple[Assumption, ...]:
    """Return assumptions as they stand in an experiment that leaves their panels to another."""
    return tuple(replace(each, panel=f"{experiment}:{each.panel}") for each in assumptions)


def paper(*arms: Arm) -> Panel:
    """Return the panel of what the paper itself shows."""
    return Panel("paper", Text("As in the paper", "论文中的实验"), arms)
