"""digitile train: from a recipe to a tested model, with a live display."""

import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from digitile.cli.child import Place, become_child, log_of, parse_place, run_child
from digitile.cli.console import (
    INTERRUPTED,
    PATH,
    DownloadBar,
    as_json,
    data_folder,
    engine,
    print_json,
    stop_on_signal,
    table,
)
from digitile.engines import Team, make_team
from digitile.errors import UsageError
from digitile.model import Model
from digitile.recipes.train import make_job
from digitile.training.callbacks import Callback
from digitile.training.loop import Trainer
from digitile.training.metrics import chance_warning
from digitile.training.outcome import Outcome
from digitile.training.progress import Record
from digitile.training.run import Job, open_pictures, prepare, run


@click.command()
@click.argument("recipe")
@click.option(
    "--data",
    metavar="mnist|cifar10|digits|scenes|FOLDER",
    help="What to train on.  [default: scenes for reader; else digits, which are built in]",
)
@data_folder
@engine
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=0, show_default=True)
@click.option("--set", "overrides", multiple=True, metavar="NAME=VALUE", help="Change a setting.")
@click.option(
    "--start",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="MODEL",
    help="Begin with the parameters of a model of the same network.  [default: random ones]",
)
@click.option(
    "--out",
    type=PATH,
    help="The model file.  [default: RECIPE-DATA-seedSEED.safetensors]",
)
@click.option("--resume", is_flag=True, help="Resume an unfinished training.")
@click.option("--overwrite", is_flag=True, help="Start over, and replace existing files.")
@click.option(
    "--checkpoint-every",
    type=click.FloatRange(0),
    default=20.0,
    show_default=True,
    metavar="SECONDS",
    help="The most training time that a crash can lose.",
)
@click.option(
    "--watch",
    is_flag=True,
    help="Write gradients, saturated and dead units of each layer to NAME.watch.jsonl.",
)
@click.option(
    "--log",
    "logs",
    multiple=True,
    type=click.Choice(["tensorboard", "mlflow"]),
    help="Show the training in TensorBoard (NAME.tensorboard) or MLflow (mlflow.db), beside the "
    "model; can be given twice.",
)
@click.option(
    "--devices",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="Devices per process that share each mini-batch (--engine xla).",
)
@click.option(
    "--coordinator",
    metavar="HOST:PORT",
    help="Train in several processes (--engine xla); the address of the first one.",
)
@click.option(
    "--process",
    metavar="I/N",
    help="Which of N processes this is, from 0. All other options are the same for each.",
)
@click.option("--in-child", is_flag=True, hidden=True)  # see digitile.cli.child
@as_json
@click.pass_context
def train(  # noqa: PLR0913 - click gives each option as an argument
    context: click.Context,
    recipe: str,
    data: str | None,
    data_folder: Path | None,
    engine: str,
    seed: int,
    overrides: tuple[str, ...],
    start: Path | None,
    out: Path | None,
    resume: bool,
    overwrite: bool,
    checkpoint_every: float,
    watch: bool,
    logs: tuple[str, ...],
    devices: int,
    coordinator: str | None,
    process: str | None,
    in_child: bool,
    as_json: bool,
) -> None:
    """Train a RECIPE (see digitile show) and test the result.

    Ctrl-C stops after the current step and keeps the work. With --resume the training continues and
    gives the same result, bit for bit, as without the interruption. digitile show RECIPE lists the
    settings.
    """
    place = parse_place(coordinator, process, engine, watch=watch)
    job = make_job(
        recipe,
        overrides,
        data=data,
        engine=engine,
        seed=seed,
        out=out,
        data_folder=data_folder,
        start=start,
    )
    if place and not in_child:
        context.exit(run_child(place, job.out))
    team = _join(place, job.out)
    outcome = _run(
        job,
        team,
        checkpoint_every,
        watch=watch,
        logs=logs,
        resume=resume,
        overwrite=overwrite,
        devices=devices,
    )
    if outcome.model is None:
        click.echo(
            f"digitile: {outcome.stopped}; the work is saved in {job.checkpoint}. "
            "Rerun the command with --resume to continue.",
            err=True,
        )
        context.exit(INTERRUPTED)
    if not team.leads:
        click.echo(f"digitile: process {process} is done; the first one tests and saves", err=True)
        return
    _tell(job, outcome.model, outcome, as_json=as_json, watch=watch)


def _tell(job: Job, model: Model, outcome: Outcome, *, as_json: bool, watch: bool) -> None:
    """Print what was trained."""
    if outcome.test and (warning := chance_warning(model, outcome.test, job.settings)):
        click.echo(f"digitile: {warning}", err=True)
    if as_json:
        print_json({"model": str(job.out), **model.about})
        return
    click.echo(f"{job.out}: {_result(model)}; stopped: {outcome.stopped}")
    if watch:
        path = _watch_file(job)
        click.echo(f"\n{path}:\n{_watched(path)}")


def _run(
    job: Job,
    team: Team,
    checkpoint_seconds: float,
    *,
    watch: bool,
    logs: tuple[str, ...],
    resume: bool,
    overwrite: bool,
    devices: int,
) -> Outcome:
    """Do a training, with its display, until it ends or is interrupted."""
    from digitile.inspect.trackers import make_tracker
    from digitile.inspect.watch import Watcher

    trackers = [make_tracker(name, job.out) for name in dict.fromkeys(logs) if team.leads]
    with ExitStack() as stack:
        pictures = stack.enter_context(open_pictures(job, DownloadBar()))
        trainer = prepare(
            job, pictures, resume=resume, overwrite=overwrite, devices=devices, team=team
        )
        display = _Display(shown=team.leads)
        watchers = [Watcher(_watch_file(job))] if watch else []
        stopped = stack.enter_context(stop_on_signal())

        def calibrated(share: float) -> None:
            if stopped:  # there is no going on half-way; the checkpoint is still there
                raise KeyboardInterrupt
            display.calibrated(share)

        try:
            return run(
                job,
                trainer,
                pictures,
                callbacks=[display, *watchers, *trackers],
                checkpoint_seconds=checkpoint_seconds,
                should_stop=lambda: bool(stopped),
                on_calibration=calibrated,
            )
        except UsageError as error:  # a file could not be written
            if not job.checkpoint.exists():
                raise
            raise UsageError(
                f"{error} The work until the last checkpoint is in {job.checkpoint}: once there "
                "is room, rerun the command with --resume to continue."
            ) from error


def _watch_file(job: Job) -> Path:
    return job.out.with_suffix(".watch.jsonl")


def _join(place: Place | None, out: Path) -> Team:
    """Make this process one of several, once all of them are there; or one alone."""
    if place is None:
        return Team()
    become_child(log_of(out, place[1]))
    return make_team(*place)


def _result(model: Model) -> str:
    """Say what the trained model has shown."""
    test = model.about["test"]
    if "pictures" in test:
        right = 100 * (1 - test["error_rate"])
        return f"{right:.2f} % of {test['pictures']:,} test pictures right ({test['errors']} wrong)"
    right = f"{100 * test['accuracy']:.2f} % of the digits" if "accuracy" in test else "nothing"
    return f"{right} of {test['scenes']:,} held-out scenes read right"


def _watched(path: Path) -> str:
    """Return a table of what was seen at the start, half-way and at the end."""
    from digitile.inspect.watch import read

    looks = read(path)
    chosen = [looks[0], looks[len(looks) // 2], looks[-1]]
    header = ["", *(f"iteration {look['iteration']}" for look in chosen)]
    names = [name for name in looks[0] if name != "iteration"]
    rows = [[name, *(_look(name, look.get(name)) for look in chosen)] for name in names]
    return table(header, rows)


def _look(name: str, value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.3g}" if name.startswith("gradient") else f"{100 * value:.1f} %"


class _Display(Callback):
    """The live display on standard error; a line for each validation where that is no terminal."""

    def __init__(self, *, shown: bool) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self._shown = shown
        self._console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("loss {task.fields[loss]}  right {task.fields[right]}"),
            TextColumn("validation {task.fields[validation]}  {task.fields[rate]} images/s"),
            TimeRemainingColumn(),
            console=self._console,
            disable=not (shown and self._console.is_terminal),
        )
        self._right = 0.0
        self._validation = "–"

    def on_start(self, trainer: Trainer) -> None:
        self._trainer = trainer
        fields: dict[str, Any] = dict.fromkeys(("loss", "right", "validation", "rate"), "–")
        start = trainer.progress.iteration
        self._task = self._progress.add_task(
            "epoch –", total=trainer.total, completed=start, **fields
        )
        self._started, self._first = time.monotonic(), start
        self._progress.start()

    def on_end(self, outcome: Outcome | None) -> None:
        self._progress.stop()

    def calibrated(self, share: float) -> None:
        """Show that this share of the calibration is done, which begins where training ends."""
        self._progress.update(self._task, description="measuring trust", completed=share, total=1.0)

    def on_step(self, record: Record) -> None:
        keep = self._trainer.settings.smoothing if record.iteration > self._first + 1 else 0.0
        self._right = keep * self._right + (1 - keep) * record.accuracy
        if record.validation_accuracy is not None:
            self._validation = f"{100 * record.validation_accuracy:.2f} %"
        steps = record.iteration - self._first
        rate = steps * self._trainer.settings.batch_size / (time.monotonic() - self._started)
        shown: dict[str, Any] = {
            "epoch": f"{record.epoch}/{self._trainer.settings.epochs}",
            "loss": f"{record.smoothed:.4f}",
            "right": f"{100 * self._right:.1f} %",
            "validation": self._validation,
            "rate": f"{rate:,.0f}",
        }
        description = f"epoch {shown['epoch']}"
        self._progress.update(
            self._task, description=description, completed=record.iteration, **shown
        )
        measured = record.validation_accuracy is not None or record.epoch_loss is not None
        if measured and self._shown and not self._console.is_terminal:
            text = "  ".join(f"{key} {value}" for key, value in shown.items())
            click.echo(f"iteration {record.iteration}/{self._trainer.total}  {text}", err=True)
