"""digitile serve: the reader over HTTP, and its page."""

from pathlib import Path

import click

from digitile.cli.console import data_folder, stop_on_signal
from digitile.errors import UsageError


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True)
@click.option(
    "--max-size",
    type=click.FloatRange(0, min_open=True),
    default=10.0,
    show_default=True,
    metavar="MB",
    help="The largest picture file taken.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    default=10.0,
    show_default=True,
    metavar="SECONDS",
    help="The most a request may take to arrive, and a picture to be read.",
)
@click.option(
    "--concurrency",
    type=click.IntRange(1),
    default=16,
    show_default=True,
    help="Pictures in hand at a time; more are asked to come again.",
)
@click.option("--open", "open_page", is_flag=True, help="Open the page in a browser.")
@click.option(
    "--model",
    type=click.Path(path_type=Path),
    help="A model file of digits on pages.  [default: the one that comes with digitile]",
)
@data_folder
def serve(
    host: str,
    port: int,
    max_size: float,
    timeout: float,
    concurrency: int,
    open_page: bool,
    model: Path | None,
    data_folder: Path | None,
) -> None:
    """Serve the page that reads digits, the page that trains, and the API behind them.

    The page is at / and works offline; POST /api/read reads a picture, and /api/openapi.json
    describes the rest. Ctrl-C stops, after what is in hand.
    """
    try:
        from digitile.web.limits import Limits
        from digitile.web.serve import is_loopback
        from digitile.web.serve import serve as run
    except ModuleNotFoundError as error:
        raise UsageError(
            f"serving needs {error.name}, which is not installed: pip install 'digitile[web]'"
        ) from None
    from digitile.reader import Reader

    Reader.load(model)  # says now, in one line, what is wrong with it

    def on_start(address: str) -> None:
        if not is_loopback(host):
            click.echo(
                f"digitile: whoever can reach {host} can use this server: it asks for no password "
                "and does not encrypt.",
                err=True,
            )
        click.echo(f"digitile serves {address} (Ctrl-C stops)")
        if open_page:
            click.launch(address)

    limits = Limits(int(max_size * 1e6), timeout=timeout, concurrency=concurrency)
    with stop_on_signal():
        run(host, port, limits, model=model, data_folder=data_folder, on_start=on_start)
