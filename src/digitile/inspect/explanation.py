"""How a model comes to its answer on one picture, as a page: `explain` for any model."""

from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from digitile.data.intake import network_input
from digitile.errors import PictureError, UsageError
from digitile.inspect.explain import class_index, follow
from digitile.inspect.explain_page import explain_page
from digitile.inspect.seen_page import seen_page
from digitile.model import Model
from digitile.nn.places import PlaceLoss
from digitile.pictures import load_pages, load_picture
from digitile.reader import Reader
from digitile.reader.sight import check_model


@dataclass(frozen=True)
class Explanation:
    """A page that explains an answer."""

    page: str  # HTML that needs nothing else
    # what was read, a class or the text of each line, with its confidence, 0 … 1
    answers: tuple[tuple[str, float], ...]


def explain(
    model: Model, picture: str | PathLike[str], label: str | None = None, language: str = "en"
) -> Explanation:
    """Explain what a model makes of a picture.

    Of a network that answers once for a picture, the page follows it through, layer by layer, and
    the error back. Of one that reads pages, it shows for each digit what the network is shown, what
    it sees there, and what else it could have been.

    Raises `PictureError` for a picture that cannot be decoded, or has no digit on it; `UsageError`
    for a label that is no class, or is given for a network that reads pages.

    Parameters
    ----------
    label : str, optional
        The class that the error is measured against, by default the answer; only of a network that
        answers once.
    language : {"en", "zh"}
    """
    picture = Path(picture)
    if isinstance(model.network.loss, PlaceLoss):
        return _read(model, picture, label, language)
    place = None if label is None else class_index(model, label)
    pixels = load_picture(picture)
    shown = network_input(pixels, model.network.input_shape, model.classes)
    walk = follow(model, shown, place)
    answer = model.classes[walk.answer], float(walk.scores[walk.answer])
    return Explanation(explain_page(walk, pixels, picture.name, language), (answer,))


def _read(model: Model, picture: Path, label: str | None, language: str) -> Explanation:
    check_model(model)
    if label is not None:
        raise UsageError(
            f"--label {label} is for networks that give one answer; this one reads whole pages. "
            "Leave it out."
        )
    page, reading = next(load_pages(picture)), Reader(model).read(picture)
    if not reading.lines:
        raise PictureError(f"no digit found: {reading.reason}. Use a picture with digits on it.")
    answers = tuple((line.text, line.confidence) for line in reading.lines)
    return Explanation(seen_page(model, page, reading, picture.name, language), answers)
