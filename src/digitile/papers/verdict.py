"""Claims against measurements: a verdict and its reason, made of the measured figures.

"By more than chance": over the seeds that two arms share, the mean of the differences is farther
from 0 than a paired t-test allows for at 5 % (two-sided). Where every difference is the same, it
counts as it is. An arm with a single run is one that nothing random enters; two such arms are
not told apart.
"""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from digitile.papers.experiment import (
    Best,
    Check,
    ClaimedValue,
    Difference,
    Experiment,
    Falling,
    Function,
    Text,
    Verdict,
    WholePictures,
)
from digitile.papers.numbers import Number, Statistic, describe, statistic
from digitile.papers.results import ArmResult, ClaimResult

FloatArray = NDArray[np.float64]

CHANCE = 0.05
FACTS = ("parameters",)
"""Numbers that depend on no training: the smoke test measures them, too."""

QUICK = Text(
    "The smoke test decides nothing; run without --quick.",
    "这是快速试跑，不作任何判断；请去掉 --quick 再运行。",
)


@dataclass(frozen=True)
class _Finding:
    measured: str
    verdict: Verdict
    reason: Text


class _Missing(Exception):
    """An arm has not been measured."""


def judge(
    experiment: Experiment, arms: list[ArmResult], quick: bool, skipped: Text | None
) -> list[ClaimResult]:
    """Return a verdict for each claim.

    Parameters
    ----------
    quick : bool
        Whether these are the smoke test's, which decides nothing but facts.
    skipped : Text or None
        Why some arms have no runs.
    """
    judges = _Judge(experiment, {arm.name: arm for arm in arms})
    results = []
    for claim in experiment.claims:
        try:
            found = judges.find(claim.check)
            if quick and not judges.is_fact(claim.check):
                found = _Finding(found.measured, "undecided", QUICK)
        except _Missing as missing:
            found = _Finding("–", "undecided", skipped or _not_measured(str(missing)))
        results.append(
            ClaimResult(claim.id, claim.claimed, found.measured, found.verdict, found.reason)
        )
    return results


def _not_measured(arm: str) -> Text:
    return Text(f"{arm} could not be measured.", f"{arm} 没有测得结果。")


def ahead(lower: Statistic, higher: Statistic) -> bool:
    """Tell whether one mean is below another by more than chance."""
    if 1 in (len(lower.values), len(higher.values)):  # something that has no chance in it
        lows, highs = (np.array(list(one.values.values())) for one in (lower, higher))
        differences = highs - lows
    else:
        shared = sorted(lower.values.keys() & higher.values.keys())
        differences = np.array([higher.values[seed] - lower.values[seed] for seed in shared])
    return bool(differences.size and differences.mean() > 0 and _beyond_chance(differences))


def _beyond_chance(differences: FloatArray) -> bool:
    if len(differences) < 2:
        return False
    if np.ptp(differences) <= 1e-9 * np.abs(differences).max():
        return bool(differences[0] != 0)
    return bool(_t(len(differences)) * _standard_error(differences) < abs(differences.mean()))


def _standard_error(values: FloatArray) -> float:
    return float(np.std(values, ddof=1) / math.sqrt(len(values)))


def _t(count: int) -> float:
    """Return the factor on the standard error of `count` values that chance stays within."""
    from scipy.stats import t

    return float(t.ppf(1 - CHANCE / 2, count - 1))


class _Judge:
    """Finds what became of a check."""

    def __init__(self, experiment: Experiment, arms: dict[str, ArmResult]) -> None:
        self._arms = arms
        self._plan = {arm.name: arm for arm in experiment.arms}

    def is_fact(self, check: Check) -> bool:
        """Tell whether a check hangs on no training."""
        if isinstance(check, WholePictures):
            return True
        if not isinstance(check, ClaimedValue):
            return False
        return check.number in FACTS or isinstance(self._plan[check.arm].work, Function)

    def find(self, check: Check) -> _Finding:
        if isinstance(check, ClaimedValue):
            return self._value(check)
        if isinstance(check, Best):
            return self._best(check)
        if isinstance(check, Falling):
            return self._falling(check)
        if isinstance(check, Difference):
            return self._difference(check)
        return _whole_pictures(check)

    def _statistic(self, arm: str, number: str) -> Statistic:
        found = self._arms.get(arm)
        shown = statistic(found, number) if found else None
        if shown is None:
            raise _Missing(self._plan[arm].label.en)
        return shown

    def _diverged(self, arm: str) -> bool:
        """Tell whether no run of an arm came to an end: then it is behind every other."""
        found = self._arms.get(arm)
        shown = statistic(found, "diverged") if found else None
        return shown is not None and shown.mean == 1

    def _label(self, arm: str) -> Text:
        return self._plan[arm].label

    def _value(self, check: ClaimedValue) -> _Finding:
        number, shown = describe(check.number), self._statistic(check.arm, check.number)
        gap = shown.mean - check.value
        if check.sense == "least":
            gap = min(gap, 0.0)
        elif check.sense == "most":
            gap = max(gap, 0.0)
        values = np.array(list(shown.values.values()))
        chance = _t(len(values)) * _standard_error(values) if len(values) > 1 else 0.0
        away = abs(gap) - 1e-12
        verdict: Verdict
        if away <= check.tolerance:
            verdict = "holds"
        elif away <= check.loose:
            verdict = "trend"
        elif away <= check.tolerance + chance:
            verdict = "undecided"
        else:
            verdict = "fails"
        measured, label = shown.show(number), self._label(check.arm)
        sides = {"least": ("at least ", "至少 "), "most": ("at most ", "至多 "), "near": ("", "")}
        en, zh = sides[check.sense]
        claimed = number.show(check.value)
        count = f"{len(values)} seeds" if len(values) > 1 else "one run"
        return _Finding(
            measured,
            verdict,
            _reason(
                Text(
                    f"{label.en}: {number.label.en} {measured} over {count}",
                    f"{label.zh}：{len(values)} 次运行的{number.label.zh}为 {measured}",
                ),
                Text(f"; claimed {en}{claimed}", f"；论文称{zh}{claimed}"),
                chance=verdict == "undecided",
            ),
        )

    def _best(self, check: Best) -> _Finding:
        number = describe(check.number)
        own = self._statistic(check.arm, check.number)
        rivals = [arm for arm in check.among if arm != check.arm]
        lost = [arm for arm in rivals if self._diverged(arm)]
        others = {arm: self._statistic(arm, check.number) for arm in rivals if arm not in lost}
        sign = -1 if check.highest else 1
        arms = {check.arm: own, **others}
        ranked = sorted(arms, key=lambda arm: sign * arms[arm].mean)

        def beats(one: Statistic, other: Statistic) -> bool:
            return ahead(other, one) if check.highest else ahead(one, other)

        verdict: Verdict
        if all(beats(own, other) for other in others.values()):
            verdict = "holds"
        elif ranked[0] == check.arm:
            verdict = "trend"
        elif any(beats(other, own) for other in others.values()):
            verdict = "fails"
        else:
            verdict = "undecided"
        place = ranked.index(check.arm) + 1
        measured = f"{place} / {len(ranked)}: {own.show(number)}"
        first = Text("highest", "从高到低") if check.highest else Text("lowest", "从低到高")
        place_text = f"place {place} of {len(ranked)}, {first.en} first"
        en = f"{number.label.en} {own.show(number)}, {place_text}"
        zh = f"{number.label.zh} {own.show(number)}，{first.zh}排第 {place}（共 {len(ranked)}）"
        return _Finding(
            measured,
            verdict,
            _reason(
                Text(f"{self._label(check.arm).en}: {en}", f"{self._label(check.arm).zh}：{zh}"),
                self._rivals(ranked[: place - 1] or ranked[1:2], lost, arms, number),
                chance=verdict in ("trend", "undecided"),
            ),
        )

    def _rivals(
        self, near: list[str], lost: list[str], arms: dict[str, Statistic], number: Number
    ) -> Text:
        """Return what the nearest arms have, and which came to no end."""
        ends = [(self._label(arm), arms[arm].show(number)) for arm in near[:1]]
        en = "".join(f"; {label.en} has {shown}" for label, shown in ends)
        zh = "".join(f"；{label.zh} 为 {shown}" for label, shown in ends)
        en += "".join(f"; {self._label(arm).en} diverged" for arm in lost)
        zh += "".join(f"；{self._label(arm).zh} 发散" for arm in lost)
        return Text(en, zh)

    def _falling(self, check: Falling) -> _Finding:
        number = describe(check.number)
        shown = [self._statistic(arm, check.number) for arm in check.arms]
        steps = [ahead(after, before) for before, after in pairwise(shown)]
        verdict: Verdict
        if all(steps):
            verdict = "holds"
        elif ahead(shown[-1], shown[0]):
            verdict = "trend"
        elif any(ahead(before, after) for before, after in pairwise(shown)):
            verdict = "fails"
        else:
            verdict = "undecided"
        measured = " → ".join(one.show(number) for one in shown)
        labels = [self._label(arm) for arm in check.arms]
        return _Finding(
            measured,
            verdict,
            _reason(
                Text(
                    f"{number.label.en} of {', '.join(label.en for label in labels)}: {measured}",
                    f"{'、'.join(label.zh for label in labels)} 的{number.label.zh}：{measured}",
                ),
                Text(
                    f"; {sum(steps)} of {len(steps)} steps fall by more than chance",
                    f"；{len(steps)} 步中有 {sum(steps)} 步的下降超出随机波动",
                ),
                chance=False,
            ),
        )

    def _difference(self, check: Difference) -> _Finding:
        number = describe(check.number)
        one = self._statistic(check.arm, check.number)
        other = self._statistic(check.other, check.number)
        gap = one.mean - other.mean
        real = ahead(one, other) or ahead(other, one)
        same_sign = gap * check.value > 0
        verdict: Verdict
        if abs(gap - check.value) <= check.tolerance and (real or check.value == 0):
            verdict = "holds"
        elif real:
            verdict = "trend" if same_sign else "fails"
        else:
            verdict = "undecided"
        measured = number.show(gap)
        labels = self._label(check.arm), self._label(check.other)
        return _Finding(
            measured,
            verdict,
            _reason(
                Text(
                    f"{number.label.en}: {labels[0].en} {one.show(number)}, {labels[1].en} "
                    f"{other.show(number)}, difference {measured}; claimed "
                    f"{number.show(check.value)}",
                    f"{number.label.zh}：{labels[0].zh} {one.show(number)}，{labels[1].zh} "
                    f"{other.show(number)}，相差 {measured}；论文为 {number.show(check.value)}",
                ),
                Text("", ""),
                chance=not real,
            ),
        )


def _reason(first: Text, second: Text, *, chance: bool) -> Text:
    """Return a sentence, with the remark that chance could explain it where it could."""
    en, zh = (", within what chance explains", "，差异未超出随机波动") if chance else ("", "")
    return Text(f"{first.en}{second.en}{en}.", f"{first.zh}{second.zh}{zh}。")


def _whole_pictures(check: WholePictures) -> _Finding:
    """Look for a whole number of pictures whose share is printed like the rate."""
    printed = f"{100 * check.rate:.{check.digits}f}"
    near = round(check.rate * check.pictures)
    fits = any(
        f"{100 * wrong / check.pictures:.{check.digits}f}" == printed
        for wrong in range(max(0, near - 1), near + 2)
    )
    exact = check.rate * check.pictures
    return _Finding(
        f"{exact:.4g} / {check.pictures:,}",
        "holds" if fits else "fails",
        Text(
            f"{printed} % of {check.pictures:,} pictures is {exact:.4g} pictures: "
            + ("possible." if fits else "no whole number, so one such test cannot give it."),
            f"{check.pictures:,} 张图片的 {printed} % 是 {exact:.4g} 张："
            + ("可能。" if fits else "不是整数，一次这样的测试不可能得到它。"),
        ),
    )
