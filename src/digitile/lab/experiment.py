"""What an experiment is: data. What varies, what is measured, and what the paper claims of it."""

from dataclasses import dataclass
from typing import Literal

Sense = Literal["least", "most", "near"]
"""Whether a number has to be at least, at most or near a claimed value."""

Verdict = Literal["holds", "trend", "fails", "undecided"]
"""What became of a claim; "trend": it holds in trend, not in value."""


@dataclass(frozen=True)
class Text:
    """The same words in English and in Chinese."""

    en: str
    zh: str


@dataclass(frozen=True)
class Training:
    """A network, trained.

    Attributes
    ----------
    recipe : str
        As `digitile.recipes.find` knows it.
    overrides : tuple of str
        ``name=value`` settings that differ from the recipe's.
    watch : bool
        Whether gradients and units are watched, layer by layer (`digitile.lab.watch`).
    """

    recipe: str
    overrides: tuple[str, ...] = ()
    watch: bool = False


@dataclass(frozen=True)
class Function:
    """An activation function, drawn with its derivative.

    Attributes
    ----------
    word : str
        As the network notation knows it: ``tanhkx(0.13)``.
    """

    word: str


@dataclass(frozen=True)
class Classifier:
    """A classifier of scikit-learn.

    Attributes
    ----------
    method : "neighbours" or "svm"
        The vote of the nearest training pictures (Euclidean distance); or a support vector machine
        with a Gaussian kernel whose width follows the data's variance.
    neighbours : int
        How many vote.
    c : float
        What the support vector machine pays for a picture on the wrong side.
    deskew : bool
        Whether slanted digits are put upright first.
    train_pictures, test_pictures : int
        Pictures drawn at random from each part of the data set; 0 for all.
    """

    method: Literal["neighbours", "svm"]
    neighbours: int = 1
    c: float = 10.0
    deskew: bool = False
    train_pictures: int = 0
    test_pictures: int = 0


@dataclass(frozen=True)
class Arm:
    """One thing that is tried.

    Attributes
    ----------
    name : str
        Unique in its experiment.
    label : Text
        For legends and tables.
    work : Training, Function or Classifier
    seeds : int
        How many times it is repeated; 0 for as often as the experiment says.
    """

    name: str
    label: Text
    work: Training | Function | Classifier
    seeds: int = 0


@dataclass(frozen=True)
class Panel:
    """Arms that are compared with each other: one pair of axes.

    Attributes
    ----------
    name : str
        ``"paper"`` for what the paper shows; others show how much an assumption matters.
    title : Text
    arms : tuple of Arm
    """

    name: str
    title: Text
    arms: tuple[Arm, ...]


@dataclass(frozen=True)
class Figure:
    """How the results are drawn, a pair of axes for each panel.

    Attributes
    ----------
    kind : str
        ``"curves"`` (mean over seeds with a band), ``"bars"`` (a number for each arm),
        ``"functions"`` (curves ``f`` and ``df``), ``"layers"`` (the curves ``gradient/…``,
        ``saturated/…`` and ``dead/…``, a line for each layer).
    measure : tuple of str
        For curves, their names (`digitile.lab.results.Run.curves`); for bars, numbers
        (`digitile.lab.numbers.NUMBERS`).
    x : "iteration", "epoch" or "samples"
        What curves are drawn against.
    log : bool
        Whether y is logarithmic.
    """

    kind: Literal["curves", "bars", "functions", "layers"]
    measure: tuple[str, ...] = ("smoothed",)
    x: Literal["iteration", "epoch", "samples"] = "iteration"
    log: bool = False


@dataclass(frozen=True)
class Value:
    """A number of one arm against a claimed value, both in the number's own unit (errors: 0 to 1).

    Attributes
    ----------
    arm, number : str
    sense : "least", "most" or "near"
    value : float
    tolerance : float
        "near" holds up to this far away; the others hold only at the value or better.
    loose : float
        Up to this far away the claim holds in trend; farther away it fails, unless chance could
        explain the distance from what holds: then it is undecided.
    """

    arm: str
    number: str
    sense: Sense
    value: float
    tolerance: float = 0.0
    loose: float = 0.0


@dataclass(frozen=True)
class Best:
    """One arm has the lowest (or highest) mean of a number among several.

    Holds where it is, by more than chance, ahead of every other; in trend where its mean is the
    best but chance could be why; undecided where another mean is ahead, within chance; else fails.

    Attributes
    ----------
    arm : str
    among : tuple of str
        With or without `arm`.
    number : str
    highest : bool
    """

    arm: str
    among: tuple[str, ...]
    number: str
    highest: bool = False


@dataclass(frozen=True)
class Falling:
    """A number falls from arm to arm, in the order given.

    Holds where every step down is more than chance; in trend where the first and last are in order
    by more than chance; undecided where chance could explain both; else fails.
    """

    arms: tuple[str, ...]
    number: str


@dataclass(frozen=True)
class Difference:
    """The number of `arm` minus that of `other`, against a claimed difference.

    Holds within `tolerance` of it; in trend where it has the claimed sign by more than chance;
    undecided where chance could explain the difference; else fails.
    """

    arm: str
    other: str
    number: str
    value: float
    tolerance: float


@dataclass(frozen=True)
class WholePictures:
    """An error rate of so many pictures has to be a whole number of pictures.

    Attributes
    ----------
    rate : float
        0 to 1.
    pictures : int
    digits : int
        Decimals that the rate is printed with: it may be rounded.
    """

    rate: float
    pictures: int
    digits: int


Check = Value | Best | Falling | Difference | WholePictures


@dataclass(frozen=True)
class Claim:
    """What a paper says, and how it is checked.

    Attributes
    ----------
    id : str
        Unique in its experiment.
    text : Text
    claimed : str
        The paper's own figure or words, short.
    check : Check
    note : Text or None
        What explains it: how a printed number may have come about.
    """

    id: str
    text: Text
    claimed: str
    check: Check
    note: Text | None = None


@dataclass(frozen=True)
class Assumption:
    """A gap in a paper, and what is assumed.

    Attributes
    ----------
    name : str
        Short: ``batch size``.
    text : Text
    panel : str
        The panel that shows how much it matters, if there is one; of another experiment with that
        before it: ``sjtu2025/base:batch``.
    """

    name: str
    text: Text
    panel: str = ""


@dataclass(frozen=True)
class Experiment:
    """One figure or table of a paper.

    Attributes
    ----------
    name : str
        PAPER/EXPERIMENT: ``ma2018/fig7``; or the paper alone.
    title : Text
    panels : tuple of Panel
    figure : Figure
    numbers : tuple of str
        Columns of the table of results, from `digitile.lab.numbers.NUMBERS`.
    claims : tuple of Claim
    assumptions : tuple of Assumption
    seeds : int
        Repetitions of each arm.
    """

    name: str
    title: Text
    panels: tuple[Panel, ...]
    figure: Figure
    numbers: tuple[str, ...] = ("test_error",)
    claims: tuple[Claim, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    seeds: int = 5

    @property
    def paper(self) -> str:
        """The paper's name: what stands before the slash."""
        return self.name.partition("/")[0]

    @property
    def arms(self) -> tuple[Arm, ...]:
        """All arms of all panels."""
        return tuple(arm for panel in self.panels for arm in panel.arms)
