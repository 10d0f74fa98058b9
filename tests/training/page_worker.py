"""A training on blocks in a process of its own, to be interrupted.

python -m tests.training.page_worker OUT [resume]
"""

import sys
from pathlib import Path

from digitile.cli.console import stop_on_signal
from digitile.training import loop
from digitile.training.callbacks import Callback
from digitile.training.progress import Record
from digitile.training.run import prepare, run
from tests.training.pages import blocks, job

loop.RUN_SECONDS = 0.005


class Telling(Callback):
    def on_step(self, record: Record) -> None:
        print(record.iteration, flush=True)


def main(out: Path, resume: bool) -> None:
    with blocks() as source, stop_on_signal() as stopped:
        trainer = prepare(job(out), source, resume=resume, overwrite=False)
        outcome = run(
            job(out),
            trainer,
            source,
            callbacks=[Telling()],
            checkpoint_seconds=1e9,
            should_stop=lambda: bool(stopped),
        )
    print(outcome.stopped, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), "resume" in sys.argv)
