"""digitile report: the page of the experiments' results."""

from pathlib import Path

import click


@click.command()
@click.argument("results", metavar="RESULTS_DIR", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder to write to.  [default: RESULTS_DIR]",
)
def report(results: Path, out: Path | None) -> None:
    """Write the report of what digitile reproduce has measured, anew from its JSON files.

    report.html holds everything, in English and Chinese; REPORT.md and REPORT.zh-CN.md show the
    pictures in figures/.
    """
    from digitile.lab.report import write_report

    for path in write_report(results, out or results):
        click.echo(str(path))
