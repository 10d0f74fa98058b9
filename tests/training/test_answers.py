"""Answers of a stand-in for a reader, counted by hand; and of the bundled one on a photo."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from digitile.errors import PictureError
from digitile.pictures import Source
from digitile.reader import Reader, Reading
from digitile.training.answers import ReadAnswer, Tally, read_answers, tally
from tests.training.answer_readings import reading

EXAMPLES = Path(__file__).parents[2] / "examples"


class StandIn(Reader):
    """Reads a picture, given as bytes, by what they say."""

    def read_many(
        self, sources: Iterable[Source], **_: object
    ) -> Iterator[list[Reading] | PictureError]:
        return (READINGS[source] for source in sources if isinstance(source, bytes))


READINGS: dict[bytes, list[Reading] | PictureError] = {
    b"right": [reading(("12", 0.9, True))],
    b"two lines": [reading(("12", 0.9, True), ("3", 0.7, True))],
    b"two pages": [reading(("12", 0.8, True)), reading(("12", 0.6, False))],
    b"empty": [reading()],
    b"broken": PictureError("cut short"),
}


def read(truth: str, *names: str) -> list[ReadAnswer]:
    shares: list[float] = []
    pictures = [(name, name.encode(), truth) for name in names]
    reader = StandIn(None)  # type: ignore[arg-type]
    answers = read_answers(reader, pictures, processes=1, on_progress=shares.append)
    assert shares == [(done + 1) / len(names) for done in range(len(names))]
    return answers


def test_answers() -> None:
    right, lines, pages, empty, broken = read("12", *(name.decode() for name in READINGS))
    assert right == ReadAnswer("right", "12", "12", 0.9, True)
    assert right.right
    assert lines == ReadAnswer("two lines", "12", "12 3", 0.7, True)  # a line too many
    assert not lines.right
    assert pages == ReadAnswer("two pages", "12", "12 12", 0.6, False)
    assert empty == ReadAnswer("empty", "12", "", 0.0, False)
    assert (broken.text, broken.accepted, broken.right) == ("", False, False)


def test_they_are_counted() -> None:
    answers = read("12", "right", "two lines", "empty")
    answers.append(ReadAnswer("doubtful", "345", "345", 0.3, False))
    assert tally("all", answers) == Tally(
        "all", pictures=4, right=2, right_accepted=1, wrong_accepted=1, signs=9, edits=2 + 2
    )
    assert tally("none", []) == Tally("none", 0, 0, 0, 0, 0, 0)


@pytest.mark.parametrize("processes", [1, 2])
def test_a_photo(processes: int) -> None:
    name = "postal-code-430072.jpg"
    (answer,) = read_answers(
        Reader.load(),
        [(name, EXAMPLES / name, "430072")],
        processes=processes,
        on_progress=lambda _: None,
    )
    assert answer.right
    assert 0 < answer.confidence <= 1
