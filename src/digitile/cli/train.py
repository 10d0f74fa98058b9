"""digitile train: from a recipe to a tested model, with a live display."""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from digitile import recipes
from digitile.cli.child import become_child, log_of, parse_place, run_child
from digitile.cli.console import (
    INTERRUPTED,
    DownloadBar,
    WorkBar,
    as_json,
    data_folder,
    engine,
    print_json,
    stop_on_signal,
    table,
)
from digitile.data.dataset import Splits
from digitile.engines import Team, make_team
from digitile.errors import TrainingError
from digitile.model import Model
from digitile.nn.network import Network
from digitile.processors import processors
from digitile.training.blocks import Blocks
from digitile.training.loop import Trainer
from digitile.training.progress import Record
from digitile.training.run import Job, prepare, run
from digitile.training.scenes import NAME


@click.command()
@click.argument("recipe")
@click.option(
    "--data",
    metavar="mnist|cifar10|digits|scenes|FOLDER",
    help="What to train on.  [default: scenes for reader; else digits, which need no download]",
)
@data_folder
@engine
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=0, show_default=True)
@click.option("--set", "overrides", multiple=True, metavar="NAME=VALUE", help="Change a setting.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="The model file.  [default: RECIPE-DATA-seedSEED.safetensors]",
)
@click.option("--resume", is_flag=True, help="Go on with an unfinished training.")
@click.option("--overwrite", is_flag=True, help="Start anew where files are already there.")
@click.option(
    "--checkpoint-every",
    type=click.FloatRange(0),
    default=20.0,
    show_default=True,
    metavar="SECONDS",
    help="The most that a kill can lose.",
)
@click.option(
    "--watch",
    is_flag=True,
    help="Write gradients, saturated and dead units, layer by layer, to NAME.watch.jsonl.",
)
@click.option(
    "--devices",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="Devices that share each mini-batch (--engine xla); in each process.",
)
@click.option(
    "--coordinator",
    metavar="HOST:PORT",
    help="Train in several processes (--engine xla), of which the first one answers here.",
)
@click.option(
    "--process",
    metavar="I/N",
    help="Which of N processes this is, from 0; the same command for each but for this.",
)
@click.option("--in-child", is_flag=True, hidden=True)  # see digitile.cli.child
@as_json
@click.pass_context
def train(
    context: click.Context,
    recipe: str,
    data: str | None,
    data_folder: Path | None,
    engine: str,
    seed: int,
    overrides: tuple[str, ...],
    out: Path | None,
    resume: bool,
    overwrite: bool,
    checkpoint_every: float,
    watch: bool,
    devices: int,
    coordinator: str | None,
    process: str | None,
    in_child: bool,
    as_json: bool,
) -> None:
    """Train a RECIPE (see digitile show) and test the result.

    Ctrl-C stops after the current step and keeps the work; --resume goes on to the same result, bit
    for bit, as if nothing had happened. Settings are listed by digitile show RECIPE.
    """
    from digitile.lab.watch import Watcher

    place = parse_place(coordinator, process, engine, watch=watch)
    found, settings = recipes.find(recipe)
    settings, data = settings.override(overrides), data or found.train_on
    default = f"{recipe.replace('/', '-')}-{Path(data).name or 'data'}-seed{seed}.safetensors"
    job = Job(recipe, overrides, settings, data, engine, seed, out or Path(default))
    if place and not in_child:
        context.exit(run_child(place, job.out))
    if place:
        become_child(log_of(job.out, place[1]))
    team = make_team(*place) if place else Team()
    with ExitStack() as stack:
        pictures = _pictures(job, data_folder, stack)
        trainer = prepare(
            job,
            pictures.train if isinstance(pictures, Splits) else pictures,
            resume=resume,
            overwrite=overwrite,
            devices=devices,
            team=team,
        )
        watcher = Watcher(trainer, job.out.with_suffix(".watch.jsonl")) if watch else None
        stopped = stack.enter_context(stop_on_signal())
        display = stack.enter_context(_Display(trainer, shown=team.leads))

        def note(record: Record) -> None:
            display.update(record)
            if watcher:
                watcher.note(record)

        outcome = run(
            job,
            trainer,
            pictures,
            checkpoint_seconds=checkpoint_every,
            on_record=note,
            should_stop=lambda: bool(stopped),
            pause_every=watcher.every if watcher else 0,
            calibrate=_trust(job, data_folder, stopped) if job.data == NAME else None,
        )
    if outcome.model is None:
        click.echo(
            f"digitile: {outcome.stopped}; the work is safe in {job.checkpoint}. "
            "Go on with the same command and --resume.",
            err=True,
        )
        context.exit(INTERRUPTED)
    elif not team.leads:
        click.echo(f"digitile: process {process} is done; the first one tests and saves", err=True)
    elif as_json:
        print_json({"model": str(job.out), **outcome.model.about})
    else:
        click.echo(f"{job.out}: {_result(outcome.model)}; stopped: {outcome.stopped}")
        if watcher:
            click.echo(f"\n{watcher.path}:\n{_watched(watcher.path)}")


def _pictures(job: Job, data_folder: Path | None, stack: ExitStack) -> Splits | Blocks:
    """Return the data set, or scenes, of which processes draw more until the stack is closed."""
    from digitile.data import default_folder, load
    from digitile.training.scenes import blocks_of_scenes

    if job.data == NAME:
        folder, drawing = data_folder or default_folder(), max(1, processors() // 2)
        return stack.enter_context(blocks_of_scenes(job.settings, folder, job.seed, drawing))
    shape = Network.parse(job.settings.network).input_shape
    return load(job.data, data_folder, shape=shape, progress=DownloadBar())


def _trust(
    job: Job, data_folder: Path | None, stopped: Sequence[int]
) -> Callable[[Model], Model] | None:
    """Return what measures the trust in lines, or None where no pictures are set for it."""
    from digitile.data import default_folder
    from digitile.training.line_trust import calibrated

    if not job.settings.calibration:
        return None

    def measured(model: Model) -> Model:
        with WorkBar("measuring trust") as bar:

            def show(share: float) -> None:
                if stopped:  # there is no going on half-way; the checkpoint is still there
                    raise KeyboardInterrupt
                bar.show(share)

            try:
                return calibrated(
                    model,
                    data_folder or default_folder(),
                    job.settings.calibration,
                    engine=job.engine,
                    processes=processors(),
                    on_progress=show,
                )
            except TrainingError as error:
                click.echo(f"digitile: the model stays without trust in lines: {error}", err=True)
                return model

    return measured


def _result(model: Model) -> str:
    """Say what the trained model has shown."""
    test = model.about["test"]
    if "pictures" in test:
        right = 100 * (1 - test["error_rate"])
        return f"{right:.2f} % of {test['pictures']:,} test pictures right ({test['errors']} wrong)"
    shares = {"accuracy": "of the digits", "numbers": "of the numbers"}
    right = [f"{100 * test[name]:.2f} % {of}" for name, of in shares.items() if name in test]
    return f"{' and '.join(right) or 'nothing'} of {test['scenes']:,} scenes kept apart read right"


def _watched(path: Path) -> str:
    """Return a table of what was seen at the start, half-way and at the end."""
    from digitile.lab.watch import read

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


class _Display:
    """The live display on standard error; a line for each validation where that is no terminal."""

    def __init__(self, trainer: Trainer, *, shown: bool) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self._trainer = trainer
        self._shown = shown
        self._console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("epoch {task.fields[epoch]}"),
            BarColumn(),
            TextColumn("loss {task.fields[loss]}  right {task.fields[right]}"),
            TextColumn("validation {task.fields[validation]}  {task.fields[rate]} images/s"),
            TimeRemainingColumn(),
            console=self._console,
            disable=not (shown and self._console.is_terminal),
        )
        fields: dict[str, Any] = dict.fromkeys(
            ("epoch", "loss", "right", "validation", "rate"), "–"
        )
        start = trainer.progress.iteration
        self._task = self._progress.add_task("", total=trainer.total, completed=start, **fields)
        self._started, self._first = time.monotonic(), start
        self._right = 0.0
        self._validation = "–"

    def __enter__(self) -> "_Display":
        self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._progress.stop()

    def update(self, record: Record) -> None:
        keep = self._trainer.settings.smoothing if record.iteration > self._first + 1 else 0.0
        self._right = keep * self._right + (1 - keep) * record.accuracy
        if record.validation_accuracy is not None:
            self._validation = f"{100 * record.validation_accuracy:.2f} %"
        if record.validation_numbers is not None:
            self._validation += f", {100 * record.validation_numbers:.2f} % of the numbers"
        steps = record.iteration - self._first
        rate = steps * self._trainer.settings.batch_size / (time.monotonic() - self._started)
        shown: dict[str, Any] = {
            "epoch": f"{record.epoch}/{self._trainer.settings.epochs}",
            "loss": f"{record.smoothed:.4f}",
            "right": f"{100 * self._right:.1f} %",
            "validation": self._validation,
            "rate": f"{rate:,.0f}",
        }
        self._progress.update(self._task, completed=record.iteration, **shown)
        measured = record.validation_accuracy is not None or record.epoch_loss is not None
        if measured and self._shown and not self._console.is_terminal:
            text = "  ".join(f"{key} {value}" for key, value in shown.items())
            click.echo(f"iteration {record.iteration}/{self._trainer.total}  {text}", err=True)
