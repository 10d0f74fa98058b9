"""Pictures of measurements that were not taken."""

from pathlib import Path

import pytest
from PIL import Image

from digitile.bench import plots
from digitile.bench.contest import Rates
from digitile.bench.measure import Timing
from digitile.errors import UsageError

RATES = {
    "tile": Rates.of([1000.0, 1200.0, 1100.0]),
    "torch": Rates.of([400.0, 500.0, 450.0]),
    "onnxruntime": Rates.of([700.0]),
}


def row(task: str, recipe: str, batch: int = 10, width: int = 1) -> Timing:
    return Timing(
        task=task,
        recipe=recipe,
        network="1x6x6 - 3N - softmax",
        batch=batch,
        threads=2,
        width=width,
        optimiser="sgd(0.9)",
        images_per_second=RATES if recipe != "alone" else {"tile": RATES["tile"]},
        gflops=12.0,
        peak_gflops=120.0,
        share_of_peak=0.1,
        flops_per_byte=20.0,
        ratio=1.57 if recipe != "alone" else None,
        fastest_peer="onnxruntime" if recipe != "alone" else None,
        left_out={},
        memory_bytes={},
    )


def svg(rows: list[Timing], axis: plots.Axis | None) -> str:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    from matplotlib import rc_context

    with rc_context({"svg.fonttype": "none"}):  # text stays text
        return plots.draw(rows, axis, 200.0, 25.0, ".svg").decode()


def test_bars_and_roofline() -> None:
    rows = [row("train", "li2017"), row("infer", "li2017"), row("latency", "alone", 1)]
    picture = svg(rows, None)
    for text in (
        "li2017, training, batch 10",
        "alone, one picture, batch 1",
        " 1,100  1.57×",
        " 450",
        "FMA peak 200 GFLOP/s",
        "  memory 25 GB/s",
        "  li2017, prediction, batch 10",
        "onnxruntime",
    ):
        assert f">{text}<" in picture, text
    assert ">  alone, one picture, batch 1<" not in picture  # too little work for the roofline


def test_peak_alone_has_a_roofline_without_points() -> None:
    picture = svg([], None)
    assert "FMA peak 200 GFLOP/s" in picture
    assert "images/s" not in picture


def test_lines() -> None:
    picture = svg([row("train", "li2017", 2**n) for n in range(4)], "batch")
    assert "li2017, training, 2 threads" in picture
    assert "pictures in a batch" in picture
    assert ">8<" in picture
    wide = svg([row("train", "alone", 10, 2**n) for n in range(4)], "width")
    assert "alone, training, batch 10" in wide
    assert ">×8<" in wide


def test_png(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    path = tmp_path / "bench.PNG"
    path.write_bytes(plots.draw([row("train", "li2017")], None, 200.0, 25.0, path.suffix))
    with Image.open(path) as picture:
        assert picture.format == "PNG"
        assert picture.getextrema() != ((255, 255),) * 4


def test_files_are_checked_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match=r"ends in \.svg or \.png"):
        plots.check(tmp_path / "bench.pdf")
    with pytest.raises(UsageError, match="no folder"):
        plots.check(tmp_path / "none" / "bench.svg")
    monkeypatch.setattr("digitile.extras.find_spec", lambda _: None)
    with pytest.raises(UsageError, match=r"digitile\[figures\]"):
        plots.check(tmp_path / "bench.svg")
