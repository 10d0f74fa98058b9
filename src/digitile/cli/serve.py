"""digitile serve: the reader over HTTP, and its page."""

from pathlib import Path

import click

from digitile.cli.console import FILE, data_folder, own_model


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True)
@click.option(
    "--max-size",
    type=click.FloatRange(0, min_open=True),
    default=10.0,
    show_default=True,
    metavar="MB",
    help="Largest picture file accepted.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    default=10.0,
    show_default=True,
    metavar="SECONDS",
    help="Time limit for a request to arrive, and for a picture to be read.",
)
@click.option(
    "--concurrency",
    type=click.IntRange(1),
    default=16,
    show_default=True,
    help="Pictures processed at a time; further requests get 503.",
)
@click.option(
    "--allow-host",
    multiple=True,
    metavar="NAME[:PORT]",
    help="A name by which a proxy or DNS makes the server known. May be given more than once.",
)
@click.option(
    "--allow-origin",
    multiple=True,
    metavar="ORIGIN",
    help="A site whose pages may use the API, such as https://forms.example (CORS). May be given "
    "more than once.",
)
@click.option(
    "--behind-proxy",
    multiple=True,
    metavar="ADDRESS",
    help="The address or network of a proxy, whose X-Forwarded-For and X-Forwarded-Proto are "
    "believed. May be given more than once.",
)
@click.option(
    "--token-file",
    type=FILE,
    help="A file with tokens, one a line; each request must come with one of them.",
)
@click.option("--train/--no-train", default=True, help="Whether trainings can be started.")
@click.option("--access-log/--no-access-log", default=True, help="Whether requests are logged.")
@click.option("--log-json", is_flag=True, help="Write the log as one JSON object a line.")
@click.option("--open", "open_page", is_flag=True, help="Open the page in a browser.")
@own_model
@data_folder
def serve(  # noqa: PLR0913 - click gives each option as an argument
    host: str,
    port: int,
    max_size: float,
    timeout: float,
    concurrency: int,
    allow_host: tuple[str, ...],
    allow_origin: tuple[str, ...],
    behind_proxy: tuple[str, ...],
    token_file: Path | None,
    train: bool,
    access_log: bool,
    log_json: bool,
    open_page: bool,
    model: Path | None,
    data_folder: Path | None,
) -> None:
    """Serve the page that reads digits, the page that trains, and the API behind them.

    The page is at / and works offline. POST /api/v1/read reads a picture, /api/v1/openapi.json
    describes the rest, and /metrics is for Prometheus. Ctrl-C stops the server after the requests
    in progress, a second Ctrl-C at once.
    """
    from digitile.reader import Reader
    from digitile.web.access import Access
    from digitile.web.limits import Limits
    from digitile.web.logs import configure
    from digitile.web.serve import is_loopback
    from digitile.web.serve import serve as run

    Reader.load(model)  # says now, in one line, what is wrong with it
    access = Access.parse(allow_host, allow_origin, behind_proxy, token_file, train)

    def on_start(address: str) -> None:
        if not is_loopback(host) and not access.tokens:
            click.echo(
                f"digitile: everyone who can reach {host} can use this server. --token-file lets "
                "only those in who have a token; a proxy adds encryption.",
                err=True,
            )
        click.echo(f"digitile serves {address} (Ctrl-C stops)")
        if open_page:
            click.launch(address)

    limits = Limits(int(max_size * 1e6), timeout=timeout, concurrency=concurrency)
    configure(log_json, access_log)
    run(host, port, limits, access, model=model, data_folder=data_folder, on_start=on_start)
