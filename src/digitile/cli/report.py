"""digitile report: the page of the experiments' results."""

from pathlib import Path

import click

from digitile.cli.console import FOLDER, PATH


@click.command()
@click.argument("results", metavar="RESULTS_DIR", type=PATH)
@click.option(
    "--out",
    type=FOLDER,
    help="Folder to write to.  [default: RESULTS_DIR]",
)
def report(results: Path, out: Path | None) -> None:
    """Write the report of digitile reproduce again, from its JSON files.

    report.html holds everything, in English and Chinese. REPORT.md and REPORT.zh-CN.md show the
    pictures in figures/.
    """
    from digitile.papers.report import write_report

    for path in write_report(results, out or results):
        click.echo(str(path))
