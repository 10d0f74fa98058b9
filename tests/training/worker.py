"""A training in a process of its own, to be killed.

python -m tests.training.worker OUT [resume]
"""

import sys
from pathlib import Path

from digitile.training import loop
from digitile.training.run import Job, prepare, run
from tests.training.quadrants import SETTINGS, splits

OVERRIDE = "epochs=40"


loop.RUN_SECONDS = 0.005  # so that kills fall into many places


def main(out: Path, resume: bool) -> None:
    settings = SETTINGS.override([OVERRIDE])
    job = Job("quadrants", (OVERRIDE,), settings, "quadrants", "reference", 5, out)
    data = splits()
    trainer = prepare(job, data, resume=resume, overwrite=False)
    run(job, trainer, data, checkpoint_seconds=0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), "resume" in sys.argv)
