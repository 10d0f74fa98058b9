"""The lattice's dynamic programming, against every way written out."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitile.reader.lattice import KEPT, MOST_SLICES, Arc, arcs_of, decode
from digitile.reader.pieces import Piece
from digitile.reader.slices import Slice


def box(left: int, top: int, width: int, height: int) -> Piece:
    return Piece(left, top, left + width, top + height, np.ones((height, width), bool))


@st.composite
def lattices(draw: st.DrawFn) -> tuple[list[Arc], np.ndarray, int]:
    """Return a lattice of up to 5 slices: each left out, or read with up to two more."""
    length = draw(st.integers(1, 5))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    arcs = []
    for start in range(length):
        arcs.append(Arc(start, start + 1, float(rng.uniform(0, 6)), None))
        for stop in range(start + 1, min(start + 3, length) + 1):
            if stop == start + 1 or rng.random() < 0.7:
                arcs.append(Arc(start, stop, float(rng.uniform(0, 3)), box(start, 0, 1, 5)))
    log_p = np.log(rng.dirichlet(np.full(10, 0.3), len(arcs)) + 1e-9)
    return arcs, log_p, length


def all_ways(arcs: list[Arc], length: int) -> list[list[int]]:
    """Return every sequence of arcs from the first cut to the last."""
    found, ways = [[]], []  # type: ignore[var-annotated]
    while found:
        way = found.pop()
        end = arcs[way[-1]].stop if way else 0
        if end == length:
            ways.append(way)
            continue
        found += [[*way, i] for i, arc in enumerate(arcs) if arc.start == end]
    return ways


@given(lattices())
@settings(max_examples=40, deadline=None)
def test_decoding_agrees_with_every_way_written_out(
    lattice: tuple[list[Arc], np.ndarray, int],
) -> None:
    arcs, log_p, length = lattice
    texts: dict[str, float] = {}
    total = -np.inf
    for way in all_ways(arcs, length):
        costs = -sum(arcs[i].cost for i in way)
        inked = [i for i in way if arcs[i].piece is not None]
        total = np.logaddexp(total, costs + sum(np.logaddexp.reduce(log_p[i]) for i in inked))
        kept = [np.argsort(-log_p[i], kind="stable")[:KEPT] for i in inked]
        for digits in itertools.product(*kept):
            score = costs + sum(log_p[i][d] for i, d in zip(inked, digits, strict=True))
            text = "".join(map(str, digits))
            texts[text] = np.logaddexp(texts.get(text, -np.inf), score)
    ways, sum_of_all = decode(arcs, log_p, length, most=10**6)
    assert sum_of_all == pytest.approx(total)
    assert {way.text: way.score for way in ways} == pytest.approx(texts)
    assert ways[0].score == pytest.approx(max(texts.values()))
    few, _ = decode(arcs, log_p, length, most=3)
    assert len(few) <= 3
    for way in ways[:5]:
        inked = [i for i in way.arcs if arcs[i].piece is not None]
        assert len(inked) == len(way.text)
        one = -sum(arcs[i].cost for i in way.arcs)
        one += sum(log_p[i][int(d)] for i, d in zip(inked, way.text, strict=True))
        assert one == pytest.approx(way.best)
        assert one <= way.score + 1e-9


def lone(piece: Piece, cut: float = 0.0) -> Slice:
    return Slice(piece, cut, False, piece)


def test_arcs_are_runs_of_slices_of_a_digits_shape() -> None:
    height = 100.0
    near = [lone(box(30 * i, 0, 28, 100), 0.1 if i else 0.0) for i in range(8)]
    arcs = arcs_of(near, height)
    inked = [(a.start, a.stop) for a in arcs if a.piece is not None]
    assert {(i, i + 1) for i in range(8)} <= set(inked)
    assert max(stop - start for start, stop in inked) == MOST_SLICES
    assert [(a.start, a.stop) for a in arcs if a.piece is None] == [(i, i + 1) for i in range(8)]
    assert all(a.cost >= 0 for a in arcs)
    far = [lone(box(80 * i, 0, 28, 100)) for i in range(3)]
    assert len([a for a in arcs_of(far, height) if a.piece is not None]) == 3
    sure = [Slice(s.piece, 0.0, True, s.piece) for s in near]
    assert len([a for a in arcs_of(sure, height) if a.piece is not None]) == 8


def test_a_piece_put_together_again_is_the_piece_itself() -> None:
    whole, beside = box(0, 0, 90, 100), box(95, 0, 30, 100)
    cut = [Slice(box(30 * i, 0, 30, 100), 0.1 if i else 0.0, False, whole) for i in range(3)]
    pieces = {(a.start, a.stop): a.piece for a in arcs_of([*cut, lone(beside)], 100.0) if a.piece}
    assert pieces[0, 3] is whole
    assert pieces[3, 4] is beside
    assert pieces[1, 3] is not None
    assert (pieces[1, 3].left, pieces[1, 3].right) == (30, 90)
    assert pieces[0, 4] is not whole


def test_what_is_low_costs_more_than_what_is_tall() -> None:
    low, tall = (arcs_of([lone(box(0, 0, 30, h))], 100.0) for h in (40, 100))
    assert low[1].cost > tall[1].cost == 0
    assert low[0].cost < tall[0].cost  # it is left out the more easily
