"""What clients send and what they are answered: checked, and described, by these types."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from digitile.pictures import MAX_PAGES
from digitile.reader import Reading
from digitile.web.networks import MAX_TEXT
from digitile.web.problems import KINDS, Code

BOX = "^[0-9]{1,6},[0-9]{1,6},[1-9][0-9]{0,5},[1-9][0-9]{0,5}$"

MOST_FIELD = 100
"""Characters of a field's rule; the longest has ten."""


class Error(BaseModel):
    """What went wrong, and what was expected.

    `code` is for programs; `error` for people, in English or Chinese by Accept-Language.
    """

    error: Annotated[str, Field(examples=[KINDS["empty_body"].english])]
    code: Annotated[Code, Field(examples=["empty_body"])]


class NoSettings(BaseModel, extra="forbid"):
    """The parameters of an address that takes none."""


class ReadSettings(BaseModel, extra="forbid"):
    """How a picture is read."""

    field: Annotated[
        str | None,
        Field(
            max_length=MOST_FIELD,
            description="What the text must be: length=N, postal, amount, date (or date=DMY, "
            "date=MDY, date=YMD) or luhn. Regular expressions are not served.",
            examples=["length=8", "date=DMY", "amount"],
        ),
    ] = None
    max_error: Annotated[
        float | None,
        Field(
            gt=0,
            lt=1,
            description="The share of accepted lines that may be wrong.",
            examples=[0.001],
        ),
    ] = None
    turn: Annotated[
        bool,
        Field(description="Also try a page upside down and sideways if it says little as it is."),
    ] = True
    cells: Annotated[bool, Field(description="Also look for the cells of a form or grid.")] = True


class LookSettings(BaseModel, extra="forbid"):
    """Where the network looks; the box is optional here because it may come in the form."""

    box: Annotated[
        str | None,
        Field(
            pattern=BOX,
            description="Needed: where the digit is, as x,y,width,height.",
            examples=["8,5,14,26"],
        ),
    ] = None
    turned: Annotated[
        int, Field(ge=0, le=270, multiple_of=90, description="As in the Reading.")
    ] = 0


class PreviewSettings(BaseModel, extra="forbid"):
    """Which page of a picture is shown."""

    page: Annotated[int, Field(ge=1, le=MAX_PAGES, description="Of a TIFF, from 1.")] = 1


class Preview(BaseModel):
    """A page as a JPEG, scaled down; `width` and `height` are its own, as in a Reading's boxes."""

    width: int
    height: int
    picture: Annotated[str, Field(description="The JPEG, as a data: address.")]


@dataclass(frozen=True)
class Answer(Reading):
    """The first page's reading, and those of further pages (TIFF, PDF)."""

    further: tuple[Reading, ...] = ()


class PictureAnswer(BaseModel):
    """One of several pictures: its pages, or why it could not be read."""

    name: str | None
    pages: tuple[Reading, ...]
    error: Error | None


class Answers(BaseModel):
    """Several pictures, in the order in which they were sent."""

    pictures: list[PictureAnswer]


class Place(BaseModel):
    """A rectangle in pixels of the patch."""

    x: float
    y: float
    width: float
    height: float


class Score(BaseModel):
    """How likely a class is where the digit is, and everywhere.

    The map is a PNG; `values` has the same in per cent, row by row.
    """

    name: Annotated[str, Field(alias="class")]
    score: float
    map: str
    values: list[int]


class Rival(BaseModel):
    """What lost against the digit."""

    name: Annotated[str, Field(alias="class")]
    score: float
    box: Place


class Look(BaseModel):
    """What the network is shown: a square of `side` pixels, and what it sees there."""

    patch: str
    side: int
    box: Place
    scores: list[Score]
    rivals: list[Rival]


class ClassScore(BaseModel):
    """How likely a class is."""

    name: Annotated[str, Field(alias="class")]
    score: float


class Classified(BaseModel):
    """What a network that is being trained says of a picture, after so many iterations."""

    iterations: int
    scores: list[ClassScore]


class OfferedRecipe(BaseModel):
    """What can be trained here, with the data sets that it can be trained on."""

    name: str
    about: str
    network: str
    parameters: int
    epochs: int
    batch_size: int
    lr: float
    classes: int
    data: list[str]


class Recipes(BaseModel):
    """What can be trained here."""

    recipes: list[OfferedRecipe]


class Wanted(BaseModel, extra="forbid", strict=True):
    """The training that is wanted; what is None is the recipe's."""

    recipe: Annotated[str, Field(examples=["sjtu2025"])]
    data: str = "digits"
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    network: Annotated[str | None, Field(max_length=MAX_TEXT)] = None
    lr: Annotated[float | None, Field(gt=0, le=100, allow_inf_nan=False)] = None
    batch_size: Annotated[int | None, Field(ge=1, le=1000)] = None
    epochs: Annotated[int | None, Field(ge=1, le=1000)] = None

    def overrides(self) -> tuple[str, ...]:
        """Return what differs from the recipe, as `Settings.override` takes it."""
        chosen = {name: getattr(self, name) for name in ("network", "lr", "batch_size", "epochs")}
        return tuple(f"{name}={value}" for name, value in chosen.items() if value is not None)


class Point(BaseModel):
    """A point of the curves."""

    iteration: int
    epoch: int
    loss: float
    accuracy: float
    validation: float | None


class Result(BaseModel):
    """The test of a trained model."""

    stopped: str
    pictures: int
    wrong: int
    accuracy: float


class TrainingState(
    BaseModel, validate_assignment=True, json_schema_serialization_defaults_required=True
):
    """A training, as far as it has come, with the points from place `since` on.

    `number` counts the server's trainings from 1. Once it has begun, `classes` are what the network
    tells apart, `total` is the number of iterations planned, and `kernels` the first convolution's
    kernels now, a PNG. `result` is the test, once it is done; `error` why it failed.
    """

    id: str
    number: int
    recipe: str
    data: str
    network: str
    parameters: int
    lr: float
    batch_size: int
    epochs: int
    seed: int
    model: Annotated[Path, Field(exclude=True)]
    state: Literal["running", "done", "stopped", "failed"] = "running"
    classes: list[str] | None = None
    total: int | None = None
    points: list[Point] = []
    since: int = 0
    kernels: str | None = None
    result: Result | None = None
    error: str | None = None

    def news(self, since: int) -> "TrainingState":
        """Return it with only the points from place `since` on."""
        return self.model_copy(update={"points": self.points[since:], "since": since})


class TrainingList(BaseModel):
    """The latest trainings, the newest first."""

    trainings: list[TrainingState]
