from collections.abc import Callable
from pathlib import Path
from typing import Any

Run = Callable[..., Any]


def test_fetch_unipen_reads_the_collection(run: Run, tmp_path: Path) -> None:
    files = {
        "data/1a/one.dat": '.INCLUDE ink.dat\n.SEGMENT CHARACTER 0 OK "1"\n',
        "include/ink.dat": ".PEN_DOWN\n5 90\n5 10\n.PEN_UP\n",
    }
    for name, text in files.items():
        path = tmp_path / "unipen" / "train_r01_v07" / name
        path.parent.mkdir(parents=True)
        path.write_text(text)
    result = run("data", "fetch", "unipen", "--data-folder", tmp_path)
    assert (result.status, result.out) == (0, f"{tmp_path / 'unipen'}\n")
    assert (tmp_path / "unipen" / "strokes.npz").exists()


def test_fetch_unipen_says_where_to_get_it(run: Run, tmp_path: Path) -> None:
    result = run("data", "fetch", "unipen", "--data-folder", tmp_path)
    assert (result.status, result.out) == (1, "")
    assert "1195803" in result.err
