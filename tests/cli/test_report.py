"""digitile report."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.pages import check

Run = Callable[..., Any]


def test_the_report_is_made_anew_from_the_results(run: Run, tmp_path: Path) -> None:
    first = run("reproduce", "ma2018/fig4", "ma2018/fig8")  # functions: nothing to train
    assert first.status == 0
    assert "results/report.html" in first.err
    second = run("report", "results", "--out", "again")
    assert second.status == 0
    written = [tmp_path / line for line in second.out.splitlines()]
    assert written[0] == tmp_path / "again/report.html"
    page = check(written[0].read_text(encoding="utf-8"))
    assert "ma2018/fig8" in page.text
    assert len(page.all("svg")) == 2
    for path in written:
        before = tmp_path / "results" / path.relative_to(tmp_path / "again")
        assert path.read_bytes() == before.read_bytes()


def test_errors(run: Run, tmp_path: Path) -> None:
    result = run("report", "nowhere")
    assert (result.status, result.out) == (1, "")
    assert "holds no results" in result.err
    (tmp_path / "ma2018-fig4.json").write_text("{")
    assert run("report", ".").status == 1
    run("reproduce", "ma2018/fig4")
    (tmp_path / "file").write_text("")
    assert run("report", "results", "--out", "file/page").status == 2
