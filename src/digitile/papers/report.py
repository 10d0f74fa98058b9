"""The report: every experiment's figure, numbers and verdicts on one page, in two languages.

It is made of the results' JSON alone, and comes out the same each time: ``report.html`` with
everything inside, ``REPORT.md`` and ``REPORT.zh-CN.md``, which show the pictures in ``figures/``.
"""

from collections.abc import Sequence
from itertools import groupby
from os import PathLike
from pathlib import Path
from typing import Any, get_args

from digitile.errors import DataError, UsageError
from digitile.files import write_atomically
from digitile.inspect.drawing import save
from digitile.inspect.pages import LANGUAGES, render, words
from digitile.papers import catalog
from digitile.papers.experiment import Assumption, Experiment, Text, Verdict
from digitile.papers.figures import draw
from digitile.papers.numbers import describe, statistic
from digitile.papers.results import Results, file_name, read_results

MARKDOWN = {"en": "REPORT.md", "zh": "REPORT.zh-CN.md"}
SIGNS: dict[Verdict, str] = {"holds": "✓", "trend": "≈", "fails": "✗", "undecided": "?"}


def write_report(folder: str | PathLike[str], out: str | PathLike[str]) -> list[Path]:
    """Write the report of the results in a folder.

    Raises `DataError` where there are no results, or they are broken; `UsageError` where a file
    cannot be written.

    Parameters
    ----------
    folder : path-like
        Holds PAPER-EXPERIMENT.json files, as `digitile.papers.results.write_results` writes them.
    out : path-like
        Where the report goes; made where it is missing.

    Returns
    -------
    list of Path
        The files written, the page first.
    """
    folder, out = Path(folder), Path(out)
    done = [
        (experiment, read_results(path))
        for experiment in catalog.EXPERIMENTS
        if (path := folder / file_name(experiment.name)).exists()
    ]
    if not done:
        raise DataError(f"{folder} holds no results. Make some: digitile reproduce --out {folder}")
    try:
        (out / "figures").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"cannot make {out}: {error.strerror}. Choose another place.") from error
    files = build(done)
    for name, content in files.items():
        write_atomically(out / name, content)
    return [out / name for name in files]


def build(done: Sequence[tuple[Experiment, Results]]) -> dict[str, bytes]:
    """Return the report's files by name, the page first.

    Parameters
    ----------
    done : sequence of (Experiment, Results)
        In the order in which they are shown, a paper's together.
    """
    sections = [_section(experiment, results) for experiment, results in done]
    papers = [
        (paper, list(own)) for paper, own in groupby(sections, key=lambda s: s["experiment"].paper)
    ]
    values = {
        "papers": papers,
        "sections": sections,
        "quick": any(section["results"].quick for section in sections),
        "counts": _counts(sections),
        "signs": SIGNS,
        "origin": _origin(sections),
    }
    in_words = {language: words(__package__, "report", language) for language in LANGUAGES}
    files = {"report.html": render(__package__, "report.html", words=in_words, **values)}
    for language, name in MARKDOWN.items():
        files[name] = render(
            __package__, "report.md", language=language, w=in_words[language], **values
        )
    for section in sections:
        if section["svg"]:
            files[f"figures/{section['anchor']}.svg"] = section["svg"]
    return {name: content.encode() for name, content in files.items()}


def _section(experiment: Experiment, results: Results) -> dict[str, Any]:
    """Return what the templates say of one experiment."""
    anchor = experiment.name.replace("/", "-")  # its name as part of addresses and files
    figure = draw(experiment, results)
    found = {claim.id: claim for claim in results.claims}
    labels = {arm.name: arm.label for arm in experiment.arms}
    return {
        "experiment": experiment,
        "results": results,
        "anchor": anchor,
        "svg": "" if figure is None else save(figure, "svg", name=anchor).decode(),
        "claims": [
            {"claim": claim, "result": found[claim.id]}
            for claim in experiment.claims
            if claim.id in found
        ],
        "numbers": [describe(name) for name in experiment.numbers],
        "tables": _tables(experiment, results),
        "seeds": sorted({run.seed for arm in results.arms for run in arm.runs}),
        "time": duration(results.provenance.seconds),
        "assumptions": [(each, _shown_in(experiment, each)) for each in experiment.assumptions],
        "failures": [
            (labels.get(arm.name, Text(arm.name, arm.name)), failure.seed, failure.message)
            for arm in results.arms
            for failure in arm.failures
        ],
    }


def _shown_in(experiment: Experiment, assumption: Assumption) -> Text | None:
    """Return the title of an assumption's panel, with the experiment where that is another one."""
    other, _, name = assumption.panel.rpartition(":")
    panels = experiment.panels
    if other:
        panels = next(each.panels for each in catalog.EXPERIMENTS if each.name == other)
    title = next((panel.title for panel in panels if panel.name == name), None)
    if title is None or not other:
        return title
    return Text(f"{other}: {title.en}", f"{other}: {title.zh}")


def _tables(experiment: Experiment, results: Results) -> list[tuple[Text, list[dict[str, Any]]]]:
    """Return each panel's title and rows, one for each arm."""
    tables = []
    for panel in experiment.panels:
        rows = []
        for arm in panel.arms:
            result = results.arm(arm.name)
            if result is None:
                continue
            found = [statistic(result, name) for name in experiment.numbers]
            cells = [
                "–" if each is None else each.show(describe(name))
                for each, name in zip(found, experiment.numbers, strict=True)
            ]
            rows.append({"label": arm.label, "runs": len(result.runs), "cells": cells})
        if rows:
            tables.append((panel.title, rows))
    return tables


def _counts(sections: Sequence[dict[str, Any]]) -> dict[Verdict, int]:
    verdicts = [judged["result"].verdict for section in sections for judged in section["claims"]]
    return {verdict: verdicts.count(verdict) for verdict in get_args(Verdict)}


def _origin(sections: Sequence[dict[str, Any]]) -> dict[str, str]:
    """Return where all results come from, each value once."""
    all_of = [section["results"].provenance for section in sections]

    def each(name: str) -> str:
        return ", ".join(sorted({str(getattr(provenance, name)) for provenance in all_of}))

    days = sorted(provenance.date[:10] for provenance in all_of)
    return {
        **{name: each(name) for name in ("version", "machine", "cores", "python", "numpy")},
        "engine": each("engine"),
        "date": days[0] if days[0] == days[-1] else f"{days[0]} – {days[-1]}",
        "time": duration(sum(provenance.seconds for provenance in all_of)),
    }


def duration(seconds: float) -> str:
    """Return a time as people write it: ``48 s``, ``5 min``, ``2 h 05 min``."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else f"{minutes} min"
