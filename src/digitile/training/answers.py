"""What a reader makes of pictures with one known number each, counted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from os import PathLike

from digitile.data.examples import load_labels
from digitile.errors import PictureError
from digitile.parallel.worker import ignore
from digitile.pictures import Source
from digitile.processors import processors as count_processors
from digitile.reader import Reader
from digitile.training.edits import edits


@dataclass(frozen=True)
class ReadAnswer:
    """What was read on a picture."""

    name: str  # of the picture
    truth: str  # what is written there
    text: str  # what was read, lines parted by spaces; empty where nothing was
    confidence: float  # of the least sure line; 0 where there is none
    accepted: bool  # whether something was read, and each line was accepted

    @property
    def right(self) -> bool:
        """Whether what was read is what is there, and nothing else."""
        return self.text == self.truth


@dataclass(frozen=True)
class Tally:
    """Answers, counted."""

    name: str  # what kind of pictures they are of
    pictures: int
    right: int
    right_accepted: int
    wrong_accepted: int
    signs: int  # digits and marks that are there
    edits: int  # how many were dropped, added or changed


def read_answers(
    reader: Reader,
    pictures: Sequence[tuple[str, Source, str]],
    *,
    processes: int | None = None,
    on_progress: Callable[[float], None] = ignore,
) -> list[ReadAnswer]:
    """Read pictures, each with its name and truth.

    Parameters
    ----------
    pictures : sequence of (str, Source, str)
        Name, picture and truth. Of a picture that cannot be decoded, nothing is read.
    processes : int, optional
        By default one for each processor; without influence on the result.
    on_progress : callable
        Called with the share that is done.
    """
    sources = (source for _, source, _ in pictures)
    answers = []
    several = processes or count_processors()
    for (name, _, truth), result in zip(
        pictures, reader.read_many(sources, processes=several, cells=False), strict=True
    ):
        pages = [] if isinstance(result, PictureError) else result
        lines = [line for page in pages for line in page.lines]
        text = " ".join(line.text for line in lines)
        confidence = min((line.confidence for line in lines), default=0.0)
        accepted = bool(lines) and all(line.accepted for line in lines)
        answers.append(ReadAnswer(name, truth, text, confidence, accepted))
        on_progress(len(answers) / len(pictures))
    return answers


def tally(name: str, answers: Sequence[ReadAnswer]) -> Tally:
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


def tallies(answers: Sequence[ReadAnswer]) -> list[Tally]:
    """Return the answers of pictures of one digit, of several, and all, counted."""
    groups = {
        "one digit": [one for one in answers if len(one.truth) == 1],
        "several": [one for one in answers if len(one.truth) > 1],
        "all": answers,
    }
    return [tally(name, some) for name, some in groups.items() if some]


def evaluate_photos(
    reader: Reader,
    folder: str | PathLike[str],
    *,
    processes: int | None = None,
    on_progress: Callable[[float], None] = ignore,
) -> list[ReadAnswer]:
    """Have a reader read the labelled photos of a folder.

    Raises `DataError` where the table is missing or broken.

    Parameters
    ----------
    folder : path-like
        With a table ``labels.csv``; see `load_labels`.
    processes, on_progress
        As for `read_answers`.
    """
    photos = [(one.name, one.source, one.text) for one in load_labels(folder)]
    return read_answers(reader, photos, processes=processes, on_progress=on_progress)
