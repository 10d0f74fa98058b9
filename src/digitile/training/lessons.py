"""What is written on photos, as a network that sees pages learns it: strips, and scenes of them.

The given text of a photo is forced through the candidates of its lines (`digitile.training.align`);
the boxes on its best way become the target, and whatever else the network sees there counts for
nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from digitile.contrast import even_contrast
from digitile.data.examples import Example, Where
from digitile.errors import PictureError
from digitile.nn.loss import Places
from digitile.nn.places import balanced
from digitile.pictures import load_pages
from digitile.reader.candidates import NONE, SIGNS, Boxes, Candidates, areas, shared
from digitile.reader.choice import choose
from digitile.reader.gray import to_gray
from digitile.reader.page import look, upright
from digitile.reader.sight import Gray, Sight
from digitile.reader.strip import cut_strip
from digitile.reader.tuned import ENDS
from digitile.scenes import CLASSES, SCENE, Scenes
from digitile.scenes.camera import View
from digitile.scenes.glyphs import Rng
from digitile.scenes.page import IGNORED
from digitile.scenes.targets import places_of
from digitile.training.align import SeenLine, best_aligned, lines_of

AGREED = 0.5
"""A text of two signs or more lies where at least so many of them are what the network sees."""

THERE = 0.2
"""What is likelier than this to be something, and no part of the text, counts for nothing."""


@dataclass(frozen=True, eq=False)
class TextLesson:
    """A text on its strip."""

    text: str
    gray: Gray  # uint8, H×W: the strip
    boxes: Boxes  # float64, S×4: left, top, right, bottom of each sign
    others: Boxes  # float64, n×4: what counts for nothing
    whole: bool  # whether the text is all of its line


def lesson_of(example: Example, sight: Sight) -> TextLesson | str:
    """Return what there is to learn from an example, or why there is nothing."""
    try:
        page = next(load_pages(example.source))
    except PictureError as error:
        return str(error)
    gray = np.ascontiguousarray(to_gray(page.pixels))
    scale = gray.shape[1] / page.pixels.shape[1]
    place = None if example.place is None else _corners(example.place, scale)
    if example.middle:
        place = _middle(gray.shape)
    if place is not None and len(example.text) == 1:
        return _at_place(example, gray, place, sight)
    lines = [_within(seen, place) for seen in lines_of(gray, sight)]
    best = best_aligned([line for _, line in lines], example.text)
    if best is None:
        return f"the network sees no line where {example.text} fits"
    (strip, line), (_, path) = lines[best[0]], best[1]
    signs = line.take(np.array(path))
    agreed = [SIGNS[place] for place in signs.p[:, :NONE].argmax(axis=1)]
    if np.mean([a == b for a, b in zip(agreed, example.text, strict=True)]) < AGREED:
        return f"the network sees {''.join(agreed)} where {example.text} would fit best"
    return _lesson(example.text, strip.gray, signs, sight, whole=place is None)


def _at_place(
    example: Example, gray: Gray, place: NDArray[np.float64], sight: Sight
) -> TextLesson | str:
    """Return the lesson of one digit: what the network sees at its place, or the place itself."""
    best, found = THERE, None
    for seen in lines_of(gray, sight):
        boxes = upright(seen.strip, seen.line.boxes)
        both = shared(place, boxes) / np.minimum(areas(boxes), areas(place[None]))
        both *= 1 - seen.line.p[:, NONE]
        if both.max() > best:
            one = np.array([both.argmax()])
            best, found = float(both.max()), (seen.strip.gray, seen.line.take(one))
    if found is not None:
        return _lesson(example.text, *found, sight, whole=False)
    if example.middle:
        return f"the network sees no digit at its middle, where {example.text} is to be"
    p = np.eye(NONE + 1)[[SIGNS.index(example.text)]]
    strip = cut_strip(gray, Candidates(place[None], p), ENDS)
    corners = place.reshape(2, 2) - strip.back[:, 2]
    own = np.linalg.solve(strip.back[:, :2], corners.T).T.reshape(1, 4).astype(np.float64)
    return _lesson(example.text, strip.gray, Candidates(own, p), sight, whole=False)


def _lesson(text: str, gray: Gray, signs: Candidates, sight: Sight, *, whole: bool) -> TextLesson:
    seen = sight.see(gray)
    others = seen.boxes[1 - seen.p[:, NONE] > THERE]
    taken = [np.any(shared(box, signs.boxes) > 0.3 * areas(signs.boxes)) for box in others]
    return TextLesson(text, gray, signs.boxes, others[~np.array(taken, bool)], whole)


def _corners(place: Where, scale: float) -> NDArray[np.float64]:
    x, y, width, height = place
    return scale * np.array([x, y, x + width, y + height])


def _middle(shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return the middle third of a picture."""
    height, width = shape
    return np.array([width / 3, height / 3, 2 * width / 3, 2 * height / 3])


def _within(seen: SeenLine, place: NDArray[np.float64] | None) -> SeenLine:
    """Return a line with the candidates whose middle is in a place."""
    if place is None:
        return seen
    boxes = upright(seen.strip, seen.line.boxes)
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    inside = np.all((middle >= place[:2]) & (middle <= place[2:]), axis=1)
    return seen._replace(line=seen.line.take(inside))


def is_right(lesson: TextLesson, sight: Sight) -> bool:
    """Return whether a network reads a lesson's text where it is."""
    classes = [SIGNS.index(sign) for sign in lesson.text]
    known = Candidates(lesson.boxes, np.eye(NONE + 1)[classes])
    strip, line = look(lesson.gray, known, sight)
    if not len(line.p):
        return False
    if lesson.whole:
        ways, _ = choose(line, 1)
        return bool(ways) and ways[0].text == lesson.text
    boxes = upright(strip, line.boxes)
    for box, sign in zip(lesson.boxes, classes, strict=True):
        both = shared(box, boxes) * (1 - line.p[:, NONE])
        if not both.any() or line.p[both.argmax(), :NONE].argmax() != sign:
            return False
    return True


def scenes_of(lessons: Sequence[TextLesson], count: int, rng: Rng) -> Scenes:
    """Draw scenes of lessons, each as often: larger or smaller, turned, lighter or darker."""
    images = np.empty((count, 1, *SCENE), np.uint8)
    targets = []
    for number in range(count):
        view = _view(lessons[number % len(lessons)], rng)
        images[number, 0] = even_contrast(view.picture)
        targets.append(places_of(view, SCENE))
    whole = Places(*(np.stack(parts) for parts in zip(*targets, strict=True)))
    return Scenes(images, balanced(whole, len(CLASSES)))


def _view(lesson: TextLesson, rng: Rng) -> View:
    """Take a picture of a strip, one of its signs somewhere near the middle."""
    scale = float(np.exp(rng.uniform(np.log(0.7), np.log(1.5))))
    angle = float(np.radians(rng.normal(0, 3)))
    c, s = scale * np.cos(angle), scale * np.sin(angle)
    turn = np.array([[c, -s], [s, c]]) @ np.array([[1, rng.normal(0, 0.08)], [0, 1]])
    one = lesson.boxes[rng.integers(len(lesson.boxes))]
    middle = np.array(SCENE[::-1]) * rng.uniform(0.3, 0.7, 2)
    move = middle - turn @ ((one[:2] + one[2:]) / 2)
    to = np.column_stack([turn, move])
    picture = cv2.warpAffine(
        lesson.gray, to, SCENE[::-1], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    light = 128 + rng.uniform(0.6, 1.1) * (picture - 128.0) + rng.normal(0, 10)
    light += rng.uniform(0, 4) * rng.standard_normal(SCENE, np.float32)
    boxes = np.concatenate([lesson.boxes, lesson.others])
    corners = np.stack([boxes[:, [x, y]] for x in (0, 2) for y in (1, 3)], axis=1)
    moved = corners @ to[:, :2].T + to[:, 2]
    low, high = moved.min(axis=1), moved.max(axis=1)
    inside = np.clip(high, 0, SCENE[::-1]) - np.clip(low, 0, SCENE[::-1])
    visible = np.prod(inside, axis=1) / np.maximum(np.prod(high - low, axis=1), 1e-6)
    signs = [SIGNS.index(sign) for sign in lesson.text]
    classes = np.array(signs + [IGNORED] * len(lesson.others), np.int64)
    return View(
        np.clip(light, 0, 255).astype(np.uint8),
        classes,
        np.concatenate([low, high - low], axis=1).astype(np.float32),
        visible.astype(np.float32),
        np.arange(len(boxes)),
    )
