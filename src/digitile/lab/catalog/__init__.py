"""Every experiment of the papers, one file for each paper."""

from digitile.lab.catalog import lenet5, li2017, ma2018, sjtu2025, wu2016
from digitile.lab.experiment import Experiment

EXPERIMENTS: tuple[Experiment, ...] = (
    *ma2018.EXPERIMENTS,
    *sjtu2025.EXPERIMENTS,
    *li2017.EXPERIMENTS,
    *wu2016.EXPERIMENTS,
    *lenet5.EXPERIMENTS,
)

__all__ = ["EXPERIMENTS"]
