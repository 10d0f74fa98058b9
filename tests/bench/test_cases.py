"""What is timed: the papers' networks and one that reads pages."""

from digitile.bench.cases import PAPERS, cases_of


def test_a_page_network_is_the_sixth_but_not_in_sweeps() -> None:
    cases = {task: cases_of(task, (), None, 2, None) for task in ("train", "infer", "latency")}
    assert [case.recipe for case in cases["train"]] == [*PAPERS, "page"]
    assert [cases[task][-1].batch for task in cases] == [16, 16, 1]
    assert [cases[task][0].batch for task in cases] == [50, 1000, 1]
    page = cases["train"][-1]
    assert page.optimiser == "adamw(0.9,0.999)"
    assert page.network.shapes[-1] == (15, 32, 48)
    assert {case.optimiser for case in cases["train"][:-1]} == {"sgd(0.9)"}
    assert {case.recipe for case in cases_of("train", (), None, 2, "width")} == set(PAPERS)
    assert [case.batch for case in cases_of("train", ("page",), 4, 2, "batch")] == [1, 2, 4]
