"""Every experiment of the papers, read from one TOML file for each paper.

A file holds the fields of `Experiment` and what is in it, with these shortcuts. An arm takes the
``recipe``, ``settings`` and ``watch`` of its panel, and adds settings of its own. A label that
reads the same in both languages is one string. Notes and assumptions that several claims or
experiments share stand once, under a name. An assumption's panel is ``EXPERIMENT:PANEL``; an
experiment that has a panel of that name shows its own.
"""

import tomllib
from importlib import resources
from typing import Any

import msgspec

from digitile.papers.experiment import Experiment

PAPERS = ("ma2018", "sjtu2025", "li2017", "wu2016", "lenet5")


def _read(paper: str) -> list[Experiment]:
    file = resources.files(__package__) / f"{paper}.toml"
    found = tomllib.loads(file.read_text(encoding="utf-8"))
    for experiment in found["experiments"]:
        for panel in experiment["panels"]:
            for arm in panel["arms"]:
                _complete(arm, panel)
        for claim in experiment["claims"]:
            if isinstance(claim.get("note"), str):
                claim["note"] = found["notes"][claim["note"]]
        experiment["assumptions"] = [
            _assumption(found["assumptions"][name], experiment)
            for name in experiment.get("assumptions", ())
        ]
    return msgspec.convert(found["experiments"], list[Experiment])


def _complete(arm: dict[str, Any], panel: dict[str, Any]) -> None:
    """Give an arm what it takes from its panel."""
    if isinstance(arm["label"], str):
        arm["label"] = {"en": arm["label"], "zh": arm["label"]}
    if "work" not in arm:
        arm["work"] = {
            "kind": "training",
            "recipe": arm.get("recipe") or panel["recipe"],
            "overrides": [*panel.get("settings", ()), *arm.get("settings", ())],
            "watch": panel.get("watch", False),
        }


def _assumption(shared: dict[str, Any], experiment: dict[str, Any]) -> dict[str, Any]:
    """Return an assumption as it stands in one of the experiments that make it."""
    name = shared.get("panel", "").rpartition(":")[2]
    own = any(panel["name"] == name for panel in experiment["panels"])
    return {**shared, "panel": name} if own else shared


EXPERIMENTS: tuple[Experiment, ...] = tuple(each for paper in PAPERS for each in _read(paper))
