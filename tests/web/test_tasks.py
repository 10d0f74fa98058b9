"""What a worker's process does with a picture."""

from pathlib import Path

from digitile.parallel.worker import Link, Work, Worker
from digitile.web.tasks import PictureAnswers


def count_threads(model: Path | None, max_pixels: int) -> Work[None, list[int]]:
    """Return how many threads OpenCV and each library of matrices use in a worker's process."""
    PictureAnswers(model, max_pixels)

    def count(_question: None, _link: Link) -> list[int]:
        import cv2
        from threadpoolctl import threadpool_info

        return [cv2.getNumThreads(), *(own["num_threads"] for own in threadpool_info())]

    return count


def test_a_worker_uses_one_core() -> None:
    worker = Worker(count_threads, (None, 1000))
    try:
        counts = worker.ask(None)
    finally:
        worker.close()
    assert len(counts) > 1
    assert set(counts) == {1}
