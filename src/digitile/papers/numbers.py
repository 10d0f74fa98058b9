"""The numbers that runs are compared by: what they are called, and their mean over seeds."""

from dataclasses import dataclass

import numpy as np

from digitile.errors import SettingError
from digitile.papers.experiment import Text
from digitile.papers.results import ArmResult, Run


@dataclass(frozen=True)
class Number:
    """How a number is shown."""

    label: Text
    percent: bool = False  # kept as 0 to 1, shown in %
    digits: int = 2  # decimals

    def show(self, value: float) -> str:
        """Return a value with its unit: ``98.71 %``."""
        return f"{100 * value:.{self.digits}f} %" if self.percent else f"{value:,.{self.digits}f}"


NUMBERS = {
    "test_error": Number(Text("test error", "测试错误率"), True),
    "accuracy": Number(Text("test accuracy", "测试正确率"), True),
    "train_error": Number(Text("last training error", "最终训练错误率"), True),
    "validation_error": Number(Text("held-out error", "留出集错误率"), True),
    "mean_validation_error": Number(Text("mean held-out error", "留出集错误率的平均"), True),
    "wobble": Number(Text("change from epoch to epoch", "逐轮变化"), True),
    "final": Number(Text("last smoothed loss", "最终平滑损失"), digits=4),
    "area": Number(Text("mean smoothed loss", "平滑损失的平均"), digits=4),
    "epoch_loss": Number(Text("loss of the last epoch", "最后一轮的平均损失"), digits=4),
    "mean_epoch_loss": Number(Text("mean loss of the epochs", "各轮损失的平均"), digits=4),
    "rises": Number(Text("epochs whose loss rose", "损失上升的轮次占比"), True, 1),
    "diverged": Number(Text("trainings that diverged", "发散的训练"), True, 0),
    "epochs": Number(Text("epochs", "轮数"), digits=1),
    "parameters": Number(Text("parameters", "参数个数"), digits=0),
    "seconds": Number(Text("seconds", "秒"), digits=1),
    "slope_0": Number(Text("f'(0)", "f'(0)"), digits=4),
    "slope_2": Number(Text("f'(2)", "f'(2)"), digits=4),
    "slope_-2": Number(Text("f'(−2)", "f'(−2)"), digits=4),
    "least_slope": Number(Text("least f' on −5 … 5", "−5 … 5 上 f' 的最小值"), digits=4),
    "gradient_ratio": Number(
        Text("gradient of the first layer / the last", "首层与末层梯度之比"), digits=3
    ),
    "saturated": Number(Text("saturated units at the end", "训练结束时饱和单元"), True, 1),
    "dead": Number(Text("dead maps at the end", "训练结束时死亡的特征图"), True, 1),
}
"""Every number that `of` knows; ``curve@epoch`` is one too: ``validation_error@30``."""


def describe(name: str) -> Number:
    """Return how a number is shown.

    Raises `SettingError` for an unknown one.
    """
    base, at, epoch = name.partition("@")
    if base not in NUMBERS:
        raise SettingError(f"unknown number {name!r}. Known: {', '.join(NUMBERS)}.")
    number = NUMBERS[base]
    if not at:
        return number
    label = Text(f"{number.label.en}, epoch {epoch}", f"{number.label.zh}(第 {epoch} 轮)")
    return Number(label, number.percent, number.digits)


def of(arm: ArmResult, run: Run, name: str) -> float | None:
    """Return a number of one run; None where it was not measured."""
    base, at, epoch = name.partition("@")
    if at:
        curve = run.curves.get(base)
        if curve is None or arm.per_epoch == 0:
            return None
        places = np.asarray(curve.x)
        wanted = float(epoch) * arm.per_epoch
        before = np.flatnonzero(places <= wanted + 0.5)
        # A curve that ends early has nothing to say about a later epoch.
        return curve.y[before[-1]] if len(before) and places[-1] >= wanted - 0.5 else None
    if base == "accuracy" and "test_error" in run.values:
        return 1 - run.values["test_error"]
    if base == "seconds":
        return run.seconds
    return run.values.get(base)


@dataclass(frozen=True)
class Statistic:
    """A number over the seeds of an arm."""

    values: dict[int, float]  # for each seed

    @property
    def mean(self) -> float:
        """The mean."""
        return float(np.mean(list(self.values.values())))

    @property
    def std(self) -> float:
        """The standard deviation of one run (n − 1); 0 where there is one only."""
        return float(np.std(list(self.values.values()), ddof=1)) if len(self.values) > 1 else 0.0

    def show(self, number: Number) -> str:
        """Return ``98.71 ± 0.08 %``; without the deviation where it is 0."""
        if len(self.values) < 2 or self.std == 0:
            return number.show(self.mean)
        scale = 100 if number.percent else 1
        text = f"{scale * self.mean:,.{number.digits}f} ± {scale * self.std:.{number.digits}f}"
        return f"{text} %" if number.percent else text


def statistic(arm: ArmResult, name: str) -> Statistic | None:
    """Return a number over the arm's runs, or None where no run has it."""
    if name == "parameters":  # known without a run
        return Statistic({0: float(arm.parameters)}) if arm.parameters else None
    found = {run.seed: of(arm, run, name) for run in arm.runs}
    values = {seed: value for seed, value in found.items() if value is not None}
    return Statistic(values) if values else None
