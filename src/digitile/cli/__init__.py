"""The command line: parse, call, format. One file for each command."""

import logging
import os
import sys
from contextlib import suppress
from importlib import import_module

import click

from digitile import __version__
from digitile.cli.console import INTERRUPTED
from digitile.cli.failures import check_words, told
from digitile.errors import DigitileError, UsageError

COMMANDS = (
    *("read", "form", "serve", "train", "adapt", "calibrate", "evaluate", "sweep"),
    *("reproduce", "report", "show", "explain", "export", "plot", "bench", "data"),
)
"""Each is a function of that name in a file of that name in this folder."""


class _Commands(click.Group):
    """Loads a command, and what it needs, only when it is called or its help is shown."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        check_words(args)
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"digitile.cli.{cmd_name}"), cmd_name)
        return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
@click.option("--traceback", is_flag=True, hidden=True, expose_value=False)  # read by main
def commands() -> None:
    """Read handwritten digits, and train the networks that read them.

    Results go to standard output, everything else to standard error. Exit status: 0 success, 1
    failure, 2 wrong usage, 130 interrupted.
    """


class _ToStandardError(logging.Handler):
    """Shows what the package logs while it works, such as that it compiles."""

    def emit(self, record: logging.LogRecord) -> None:
        click.echo(f"digitile: {record.getMessage()}", err=True)


logging.getLogger("digitile").addHandler(_ToStandardError(logging.INFO))
logging.getLogger("digitile").setLevel(logging.INFO)


def main() -> None:
    """Run a command; every error becomes one line."""
    try:
        sys.exit(commands(prog_name="digitile", standalone_mode=False))
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        _fail("interrupted", INTERRUPTED)
    except UsageError as error:
        _fail(str(error), 2)
    except DigitileError as error:
        _fail(str(error), 1)
    except MemoryError:
        _fail("out of memory. Use a smaller batch, network or picture.", 1)
    except BrokenPipeError:  # the reader of our output has gone
        _drop_output()
        sys.exit(1)
    except Exception as error:
        if "--traceback" in sys.argv:
            raise
        if refused := told(error):
            _drop_output()
            _fail(refused, 1)
        _fail(
            f"internal error, {type(error).__name__}: {error}. This is a bug: please report it "
            "with the output of digitile --traceback …",
            1,
        )


def _drop_output() -> None:
    """Keep Python from flushing once more what could not be written."""
    with suppress(OSError, AttributeError):  # it may be no file, or closed
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _fail(message: str, status: int) -> None:
    click.echo(f"digitile: {message}", err=True)
    if "--in-child" in sys.argv:
        os._exit(status)  # at once: JAX would wait for processes that may be gone
    sys.exit(status)
