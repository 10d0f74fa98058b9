"""What an experiment is: data. What varies, what is measured, and what the paper claims of it."""

from dataclasses import dataclass
from typing import Literal

import msgspec

Sense = Literal["least", "most", "near"]
"""Whether a number has to be at least, at most or near a claimed value."""

Verdict = Literal["holds", "trend", "fails", "undecided"]
"""What became of a claim; "trend": it holds in trend, not in value."""


@dataclass(frozen=True)
class Text:
    """The same words in English and in Chinese."""

    en: str
    zh: str


class TrainingWork(msgspec.Struct, frozen=True, tag_field="kind", tag="training"):
    """A network, trained."""

    recipe: str  # as `digitile.recipes.find` knows it
    overrides: tuple[str, ...] = ()  # ``name=value`` settings that differ from the recipe's
    # whether gradients and units are watched, layer by layer (`digitile.inspect.watch`)
    watch: bool = False


class Function(msgspec.Struct, frozen=True, tag_field="kind", tag="function"):
    """An activation function, drawn with its derivative."""

    word: str  # as the network notation knows it: ``tanhkx(0.13)``


class Classifier(msgspec.Struct, frozen=True, tag_field="kind", tag="classifier"):
    """A classifier of scikit-learn."""

    # the vote of the nearest training pictures (Euclidean distance); or a support vector machine
    # with a Gaussian kernel whose width follows the data's variance
    method: Literal["neighbours", "svm"]
    neighbours: int = 1  # how many vote
    c: float = 10.0  # what the support vector machine pays for a picture on the wrong side
    deskew: bool = False  # whether slanted digits are put upright first
    # pictures drawn at random from each part of the data set; 0 for all
    train_pictures: int = 0
    test_pictures: int = 0


@dataclass(frozen=True)
class Arm:
    """One thing that is tried."""

    name: str  # unique in its experiment
    label: Text  # for legends and tables
    work: TrainingWork | Function | Classifier
    seeds: int = 0  # how many times it is repeated; 0 for as often as the experiment says


@dataclass(frozen=True)
class Panel:
    """Arms that are compared with each other: one pair of axes."""

    name: str  # ``"paper"`` for what the paper shows; others show how much an assumption matters
    title: Text
    arms: tuple[Arm, ...]


@dataclass(frozen=True)
class Figure:
    """How the results are drawn, a pair of axes for each panel."""

    # ``"curves"`` (mean over seeds with a band), ``"bars"`` (a number for each arm),
    # ``"functions"`` (curves ``f`` and ``df``), ``"layers"`` (the curves ``gradient/…``,
    # ``saturated/…`` and ``dead/…``, a line for each layer)
    kind: Literal["curves", "bars", "functions", "layers"]
    # for curves, their names (`digitile.papers.results.Run.curves`); for bars, numbers
    # (`digitile.papers.numbers.NUMBERS`)
    measure: tuple[str, ...] = ("smoothed",)
    x: Literal["iteration", "epoch", "samples"] = "iteration"  # what curves are drawn against
    log: bool = False  # whether y is logarithmic


class ClaimedValue(msgspec.Struct, frozen=True, tag_field="kind", tag="value"):
    """A number of one arm against a claimed value, both in its own unit (errors: 0 to 1)."""

    arm: str
    number: str
    sense: Sense
    value: float
    # "near" holds up to this far away; the others hold only at the value or better
    tolerance: float = 0.0
    # up to this far away the claim holds in trend; farther away it fails, unless chance could
    # explain the distance from what holds: then it is undecided
    loose: float = 0.0


class Best(msgspec.Struct, frozen=True, tag_field="kind", tag="best"):
    """One arm has the lowest (or highest) mean of a number among several.

    Holds where it is, by more than chance, ahead of every other; in trend where its mean is the
    best but chance could be why; undecided where another mean is ahead, within chance; else fails.
    """

    arm: str
    among: tuple[str, ...]  # with or without `arm`
    number: str
    highest: bool = False


class Falling(msgspec.Struct, frozen=True, tag_field="kind", tag="falling"):
    """A number falls from arm to arm, in the order given.

    Holds where every step down is more than chance; in trend where the first and last are in order
    by more than chance; undecided where chance could explain both; else fails.
    """

    arms: tuple[str, ...]
    number: str


class Difference(msgspec.Struct, frozen=True, tag_field="kind", tag="difference"):
    """The number of `arm` minus that of `other`, against a claimed difference.

    Holds within `tolerance` of it; in trend where it has the claimed sign by more than chance;
    undecided where chance could explain the difference; else fails.
    """

    arm: str
    other: str
    number: str
    value: float
    tolerance: float


class WholePictures(msgspec.Struct, frozen=True, tag_field="kind", tag="whole pictures"):
    """An error rate of so many pictures has to be a whole number of pictures."""

    rate: float  # 0 to 1
    pictures: int
    digits: int  # decimals that the rate is printed with: it may be rounded


Check = ClaimedValue | Best | Falling | Difference | WholePictures


@dataclass(frozen=True)
class Claim:
    """What a paper says, and how it is checked."""

    id: str  # unique in its experiment
    text: Text
    claimed: str  # the paper's own figure or words, short
    check: Check
    note: Text | None = None  # what explains it: how a printed number may have come about


@dataclass(frozen=True)
class Assumption:
    """A gap in a paper, and what is assumed."""

    name: str  # short: ``batch size``
    text: Text
    # the panel that shows how much it matters, if there is one; of another experiment with that
    # before it: ``sjtu2025/base:batch``
    panel: str = ""


@dataclass(frozen=True)
class Experiment:
    """One figure or table of a paper."""

    name: str  # PAPER/EXPERIMENT: ``ma2018/fig7``; or the paper alone
    title: Text
    panels: tuple[Panel, ...]
    figure: Figure
    # columns of the table of results, from `digitile.papers.numbers.NUMBERS`
    numbers: tuple[str, ...] = ("test_error",)
    claims: tuple[Claim, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    seeds: int = 5  # repetitions of each arm

    @property
    def paper(self) -> str:
        """The paper's name: what stands before the slash."""
        return self.name.partition("/")[0]

    @property
    def arms(self) -> tuple[Arm, ...]:
        """All arms of all panels."""
        return tuple(arm for panel in self.panels for arm in panel.arms)
