"""The report says what the results hold, and is the same each time."""

import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

from digitile.inspect.pages import markdown, words
from digitile.papers.report import build, duration
from digitile.papers.results import read_results, write_results
from tests.pages import Page, check
from tests.papers.samples import CURVES, EVIL, EXPERIMENTS, FUNCTIONS, results_of


@cache
def report(*, quick: bool = False) -> dict[str, bytes]:
    chosen = EXPERIMENTS if not quick else (FUNCTIONS, CURVES)
    return build([(each, results_of(each, quick=quick)) for each in chosen])


def page_of(files: dict[str, bytes]) -> Page:
    return check(files["report.html"].decode())


def test_the_page_holds_everything() -> None:
    files = report()
    page = page_of(files)
    assert list(files) == [
        "report.html",
        "REPORT.md",
        "REPORT.zh-CN.md",
        *(f"figures/{each.name.replace('/', '-')}.svg" for each in EXPERIMENTS),
    ]
    assert len(page.all("svg")) == len(EXPERIMENTS)
    for content in (page.text, files["REPORT.md"].decode()):
        for each in EXPERIMENTS:
            assert each.name in content
            assert each.title.en in content
        assert "1.10 ± 0.10 %" in content  # arm b: 0.02 / 2 + 0.001·(0, 1, 2)
        assert "3,898" in content
        assert "Learning rates" in content
        assert "A processor" in content
        assert "0, 1, 2" in content
        assert "because" in content
        assert "diverged" in content
        assert "arm missing" not in content
    assert "Learning rates（中文）" in page.text
    assert "Learning rates（中文）" in files["REPORT.zh-CN.md"].decode()


def test_verdicts_are_counted() -> None:
    text = " ".join(page_of(report()).text.split())
    assert "4✓ holds成立 0≈" in text
    assert "4? cannot be decided" in text


def test_the_same_results_give_the_same_bytes(tmp_path: Path) -> None:
    done = [(each, results_of(each)) for each in (FUNCTIONS,)]
    kept = [(each, read_results(write_results(results, tmp_path))) for each, results in done]
    again = [(each, read_results(write_results(results, tmp_path))) for each, results in kept]
    assert build(kept) == build(again)


def test_a_smoke_version_says_so() -> None:
    for language in ("en", "zh"):
        banner = words("digitile.papers", "report", language)["quick"]
        assert banner not in page_of(report()).text
        assert banner in page_of(report(quick=True)).text
    assert (
        words("digitile.papers", "report", "zh")["quick"]
        in report(quick=True)["REPORT.zh-CN.md"].decode()
    )


def test_hostile_words_stay_words() -> None:
    files = report()
    assert "<script" not in files["report.html"].decode()
    assert EVIL in page_of(files).text
    for name in ("REPORT.md", "REPORT.zh-CN.md"):
        content = files[name].decode()
        assert re.sub(r"\\(.)", r"\1", content).count(EVIL) > 5
        assert "\n\n\n" not in content
        assert not re.search(r"(?<!\\)<script", content)
        for line in content.splitlines():
            if line.startswith("|"):
                assert line.endswith("|")


def test_tables_of_markdown_have_equal_rows() -> None:
    for name in ("REPORT.md", "REPORT.zh-CN.md"):
        for table in re.findall(r"(?:^\|.*\n)+", report()[name].decode(), flags=re.MULTILINE):
            columns = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
            assert len(columns) == 1, table


def test_pictures_are_those_of_the_page() -> None:
    files = report()
    names = set(re.findall(r"\]\((figures/[^)]*)\)", files["REPORT.md"].decode()))
    assert names == {name for name in files if name.startswith("figures/")}
    for name in names:
        ElementTree.fromstring(files[name])


def test_an_experiment_without_runs() -> None:
    results = replace(results_of(CURVES), arms=[], claims=[])
    files = build([(CURVES, results)])
    assert list(files) == ["report.html", "REPORT.md", "REPORT.zh-CN.md"]
    assert "Nothing was measured." in page_of(files).text


def test_both_languages_have_the_same_words() -> None:
    found = words("digitile.papers", "report", "en"), words("digitile.papers", "report", "zh")
    assert found[0].keys() == found[1].keys()
    assert all(found[0].values())
    assert all(found[1].values())


def test_times_as_people_write_them() -> None:
    assert [duration(s) for s in (0.4, 48, 300, 7500, 3599)] == [
        "0 s",
        "48 s",
        "5 min",
        "2 h 05 min",
        "1 h 00 min",
    ]


def test_markdown_shows_text_as_it_is() -> None:
    assert markdown("a|b *c* <d>\n[e]_f_ `g`") == r"a\|b \*c\* \<d\> \[e\]\_f\_ \`g\`"
