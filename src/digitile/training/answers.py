"""What a reader makes of pictures with one known number each, counted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from digitile.errors import PictureError
from digitile.pictures import Source
from digitile.reader import Reader
from digitile.training.edits import edits


@dataclass(frozen=True)
class Answer:
    """What was read on a picture.

    Attributes
    ----------
    name : str
        Of the picture.
    truth : str
        What is written there.
    text : str
        What was read, lines parted by spaces; empty where nothing was.
    confidence : float
        Of the least sure line; 0 where there is none.
    accepted : bool
        Whether something was read, and each line was accepted.
    """

    name: str
    truth: str
    text: str
    confidence: float
    accepted: bool

    @property
    def right(self) -> bool:
        """Whether what was read is what is there, and nothing else."""
        return self.text == self.truth


@dataclass(frozen=True)
class Tally:
    """Answers, counted.

    Attributes
    ----------
    name : str
        What kind of pictures they are of.
    pictures, right, right_accepted, wrong_accepted : int
    signs : int
        Digits and marks that are there.
    edits : int
        How many were dropped, added or changed.
    """

    name: str
    pictures: int
    right: int
    right_accepted: int
    wrong_accepted: int
    signs: int
    edits: int


def read_answers(
    reader: Reader,
    pictures: Sequence[tuple[str, Source, str]],
    *,
    processes: int,
    on_progress: Callable[[float], None],
) -> list[Answer]:
    """Read pictures, each with its name and truth.

    Parameters
    ----------
    reader : Reader
    pictures : sequence of (str, Source, str)
        Name, picture and truth. Of a picture that cannot be decoded, nothing is read.
    processes : int
        Without influence on the result.
    on_progress : callable
        Called with the share that is done.
    """
    sources = (source for _, source, _ in pictures)
    answers = []
    for (name, _, truth), result in zip(
        pictures, reader.read_many(sources, processes=processes, cells=False), strict=True
    ):
        pages = [] if isinstance(result, PictureError) else result
        lines = [line for page in pages for line in page.lines]
        text = " ".join(line.text for line in lines)
        confidence = min((line.confidence for line in lines), default=0.0)
        accepted = bool(lines) and all(line.accepted for line in lines)
        answers.append(Answer(name, truth, text, confidence, accepted))
        on_progress(len(answers) / len(pictures))
    return answers


def tally(name: str, answers: Sequence[Answer]) -> Tally:
    """Count answers."""
    return Tally(
        name,
        len(answers),
        sum(one.right for one in answers),
        sum(one.right and one.accepted for one in answers),
        sum(one.accepted and not one.right for one in answers),
        sum(len(one.truth) for one in answers),
        sum(sum(edits(one.truth, one.text)) for one in answers),
    )
