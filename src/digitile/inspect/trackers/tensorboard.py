"""Trainings in TensorBoard."""

import json
from pathlib import Path

from digitile.extras import extra
from digitile.inspect.trackers.tracker import SECONDS, Tracker
from digitile.training.loop import Trainer
from digitile.training.outcome import Outcome

with extra("tensorboard"):
    from tensorboardX import SummaryWriter


class TensorBoard(Tracker):
    """Writes event files.

    Parameters
    ----------
    folder : Path
        For this training alone. One that starts anew replaces the files there. One that is resumed
        adds a file, which has TensorBoard hide what came after the checkpoint.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def on_start(self, trainer: Trainer) -> None:
        """Open a file, and write the settings."""
        super().on_start(trainer)
        done = trainer.progress.iteration
        if not done:
            for old in self._folder.glob("events.out.tfevents.*"):
                old.unlink()
        self._writer = SummaryWriter(
            str(self._folder),
            purge_step=done + 1 if done else None,
            flush_secs=SECONDS,
            filename_suffix=f".{done:010}",  # else the name only has the second
        )
        if not done:
            settings = json.dumps(trainer.settings.as_json(), indent=2, ensure_ascii=False)
            self._writer.add_text("settings", f"```json\n{settings}\n```", 0)

    def on_end(self, outcome: Outcome | None) -> None:
        """Show the test, and close the file."""
        super().on_end(outcome)
        self._writer.close()

    def show(self, values: dict[str, float], iteration: int) -> None:
        """Write some values."""
        for name, value in values.items():
            self._writer.add_scalar(name, value, iteration)
