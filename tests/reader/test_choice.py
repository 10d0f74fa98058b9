"""The best texts of a line, against all subsets of its candidates."""

from collections import defaultdict
from itertools import combinations, pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitile.reader.candidates import NONE, SIGNS, Candidates
from digitile.reader.choice import KEPT, WRITTEN, Way, as_written, choose
from digitile.reader.tuned import OVERLAP, UNUSUAL


def line_of(seed: int, count: int) -> Candidates:
    """Candidates that overlap here and there, each of at most `KEPT` signs."""
    rng = np.random.default_rng(seed)
    left = np.sort(rng.uniform(0, 12 * count, count))
    width, top = rng.uniform(4, 20, count), rng.uniform(0, 12, count)
    boxes = np.stack([left, top, left + width, top + rng.uniform(6, 30, count)], axis=1)
    order = np.argsort((boxes[:, 0] + boxes[:, 2]) / 2)
    p = np.zeros((count, NONE + 1))
    for row in p:
        signs = rng.choice(NONE, KEPT, replace=False)
        row[[*signs, NONE]] = rng.dirichlet(np.ones(KEPT + 1)) * 0.98 + 0.005
    return Candidates(boxes[order], p)


def overlap(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two boxes cannot both be there."""
    shares = []
    for low, high in ((0, 2), (1, 3)):
        both = min(one[high], other[high]) - max(one[low], other[low])
        shares.append(both / min(one[high] - one[low], other[high] - other[low]))
    return min(shares) > OVERLAP


def all_texts(line: Candidates) -> dict[str, float]:
    """What each text weighs: the sum over all ways to choose candidates and their signs."""
    count = len(line.p)
    clash = np.array([[overlap(a, b) for b in line.boxes] for a in line.boxes]).reshape(
        count, count
    )
    texts: dict[str, float] = defaultdict(float)
    for size in range(count + 1):
        for chosen in combinations(range(count), size):
            if any(clash[a, b] for a, b in pairwise(chosen)):
                continue
            weight = 1.0
            ends = [-1, *chosen, count]
            for left, right in pairwise(ends):
                for out in range(left + 1, right):
                    read = any(clash[out, side] for side in (left, right) if 0 <= side < count)
                    weight *= 1.0 if read else line.p[out, NONE]
            for signs in product(*(np.flatnonzero(line.p[one, :NONE]) for one in chosen)):
                p = np.prod([line.p[one, sign] for one, sign in zip(chosen, signs, strict=True)])
                texts["".join(SIGNS[sign] for sign in signs)] += weight * float(p)
    return texts


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000), st.integers(0, 5))
def test_texts_and_their_sum_are_those_of_all_subsets(seed: int, count: int) -> None:
    line = line_of(seed, count)
    truth = all_texts(line)
    ways, total = choose(line, 10_000)
    assert np.exp(total) == pytest.approx(sum(truth.values()), rel=1e-6)
    found = {way.text: np.exp(way.score) for way in ways}
    assert found == pytest.approx(truth, rel=1e-6)
    assert [way.score for way in ways] == sorted((way.score for way in ways), reverse=True)
    shares = [np.exp(way.score - total) for way in ways]
    assert sum(shares) == pytest.approx(1, abs=1e-6)


def test_six_candidates() -> None:
    line = line_of(7, 6)
    truth = all_texts(line)
    ways, total = choose(line, 10_000)
    assert {way.text: np.exp(way.score) for way in ways} == pytest.approx(truth, rel=1e-6)
    assert np.exp(total) == pytest.approx(sum(truth.values()), rel=1e-6)


def sure(*places: tuple[float, float, str, float]) -> Candidates:
    """Candidates of one height: left, right, sign, how likely."""
    boxes = np.array([(left, 0, right, 20) for left, right, _, _ in places], np.float64)
    p = np.zeros((len(places), NONE + 1))
    for row, (_, _, sign, share) in zip(p, places, strict=True):
        row[SIGNS.index(sign)], row[NONE] = share, 1 - share
    return Candidates(boxes, p)


def test_a_path_leads_to_the_signs() -> None:
    line = sure((0, 10, "4", 0.9), (14, 24, "2", 0.2), (30, 40, "7", 0.9), (42, 46, ",", 0.8))
    (way, *_), _ = choose(line, 8)
    assert (way.text, way.path) == ("47,", (0, 2, 3))
    assert np.exp(way.score) == pytest.approx(0.9 * 0.8 * 0.9 * 0.8)
    assert way.best == pytest.approx(way.score)


def test_what_was_nearly_seen_lowers_the_confidence() -> None:
    def confidence(share: float) -> float:
        line = sure((0, 10, "4", 0.99), (14, 24, "2", share), (30, 40, "7", 0.99))
        (way, *_), total = choose(line, 8)
        assert way.text == "47"
        return float(np.exp(way.score - total))

    assert confidence(0.2) == pytest.approx(0.8 * confidence(0))


def test_the_parts_of_what_was_read_cost_nothing() -> None:
    alone, _ = choose(sure((0, 10, "4", 0.99)), 8)
    beside, _ = choose(sure((0, 10, "4", 0.99), (3, 9, "1", 0.4)), 8)
    assert beside[0].text == "4"
    assert beside[0].score == pytest.approx(alone[0].score)


def test_few_texts_are_the_best_of_many() -> None:
    line = line_of(3, 9)
    many, total = choose(line, 400)
    few, same = choose(line, 3)
    assert same == total
    assert [way.text for way in few] == [way.text for way in many[:3]]


NUMBERS = "7 -12 1234567890 12,50 0.125 1.234,5 12,- -1,234,567.89 1/2 7/2000 01-23-456 12.34.56"
DATES = "31/12/2024 2024-12-31 1.2.24 12/24"


@pytest.mark.parametrize("text", ["", *NUMBERS.split(), *DATES.split()])
def test_what_is_written(text: str) -> None:
    assert WRITTEN.fullmatch(text)


@pytest.mark.parametrize(
    "text",
    ["070120/7", "2-22777", "12345/6", "1/2/3/4", ",5", "1,2,3", "12--3", "31/12-2024", "/7", "5."],
)
def test_what_nobody_writes(text: str) -> None:
    assert not WRITTEN.fullmatch(text)


def test_texts_that_nobody_writes_are_less_likely_by_hand() -> None:
    shares = {"070120/7": 0.6, "07012017": 0.3}  # and 0.1 that is not among them
    ways = [Way(text, float(np.log(share)), (), 0.0) for text, share in shares.items()]
    found, total = as_written(ways, 0.0)
    slash = 0.6 * np.exp(UNUSUAL)
    assert [way.text for way in found] == ["07012017", "070120/7"]
    assert np.exp(total) == pytest.approx(0.1 + 0.3 + slash)
    assert np.exp(found[1].score) == pytest.approx(slash)
