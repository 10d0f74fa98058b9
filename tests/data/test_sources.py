import gzip
import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from data_mirror import Server
from data_samples import cifar_files, idx_bytes
from PIL import Image
from platformdirs import user_cache_dir

from digitile.data import cifar, default_folder, download, idx, load_data
from digitile.errors import DataError, DownloadError, SettingError, ShapeError


def test_the_default_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DIGITILE_DATA", str(tmp_path))
    assert default_folder() == tmp_path
    for unset in (lambda: monkeypatch.setenv("DIGITILE_DATA", ""), monkeypatch.undo):
        unset()
        monkeypatch.delenv("DIGITILE_DATA", raising=False)
        assert default_folder().is_relative_to(user_cache_dir("digitile", appauthor=False))


def test_mnist(small_mnist: Path) -> None:
    splits = load_data("mnist", small_mnist)
    assert splits.train.images.shape == (6, 1, 28, 28)
    assert splits.test.images.shape == (4, 1, 28, 28)
    packed = (small_mnist / "mnist" / "t10k-labels-idx1-ubyte.gz").read_bytes()
    assert splits.test.labels.tolist() == list(gzip.decompress(packed)[8:])


def test_the_folder_from_the_environment(
    small_mnist: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGITILE_DATA", str(small_mnist))
    assert len(load_data("mnist").train) == 6


def test_a_shape(small_mnist: Path) -> None:
    own = load_data("mnist", small_mnist)
    splits = load_data("mnist", small_mnist, (3, 32, 32))
    assert splits.train.shape == splits.test.shape == (3, 32, 32)
    np.testing.assert_array_equal(splits.test.images[:, 2, 2:-2, 2:-2], own.test.images[:, 0])
    with pytest.raises(ShapeError, match="784"):
        load_data("mnist", small_mnist, (784,))


@pytest.mark.parametrize("place", ["", cifar.FOLDER])
def test_cifar10_in_a_folder(tmp_path: Path, place: str) -> None:
    folder = tmp_path / "cifar10" / place
    folder.mkdir(parents=True)
    for name, content in cifar_files().items():
        (folder / name).write_bytes(content)
    splits = load_data("cifar10", tmp_path)
    assert splits.train.shape == (3, 32, 32)
    assert (len(splits.train), len(splits.test)) == (3 + 4 + 5 + 6 + 7, 3)


def test_a_folder_of_pictures(tmp_path: Path) -> None:
    for name in ("3", "10"):
        (tmp_path / name).mkdir()
        for i in range(2):
            Image.new("L", (9, 9), 50).save(tmp_path / name / f"{i}.png")
    splits = load_data(str(tmp_path), shape=(1, 12, 12))
    assert splits.train.shape == (1, 12, 12)
    assert splits.train.classes == ("3", "10")
    with pytest.raises(SettingError, match=r"is a folder of pictures.*give the shape"):
        load_data(str(tmp_path))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("minst", "'minst' is neither .* Did you mean mnist. Use one of: mnist, cifar10, digits"),
        ("CIFAR-10", "Did you mean cifar10"),
        ("no/such/folder", "'no/such/folder' does not exist. Give the path of a folder"),
        ("", "'' is neither"),
        ("a\0b", "is neither"),
        ("a\nb", r"'a\\nb' is neither"),
    ],
)
def test_unknown_names(name: str, message: str) -> None:
    with pytest.raises(SettingError, match=message):
        load_data(name)


def test_a_name_that_is_too_long() -> None:
    with pytest.raises(SettingError, match="is neither"):
        load_data("x" * 5000)


def publish(server: Server, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a mirror on this machine have the files of `folder`/mnist, and nothing else."""
    for file in download.SOURCES["mnist"].files:
        server.send(f"/{file.name}", (folder / "mnist" / file.name).read_bytes())
    files = tuple(
        replace(file, sha256=hashlib.sha256(content).hexdigest(), size=len(content))
        for file in download.SOURCES["mnist"].files
        for content in [(folder / "mnist" / file.name).read_bytes()]
    )
    published = {
        "mnist": download.DownloadSource((f"{server.url}/",), files),
        "cifar10": replace(download.SOURCES["cifar10"], mirrors=(f"{server.url}/",)),
    }
    monkeypatch.setattr(download, "SOURCES", published)


def test_what_is_missing_is_downloaded_once(
    server: Server, small_mnist: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(server, small_mnist, monkeypatch)
    new = tmp_path / "new"
    first = load_data("mnist", new)
    assert len(server.asked) == 4
    second = load_data("mnist", new)
    assert len(server.asked) == 4
    np.testing.assert_array_equal(first.train.images, second.train.images)


def test_what_was_put_by_hand_stays(
    server: Server, small_mnist: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the three missing files are asked for, and the fourth need not be the published one."""
    publish(server, small_mnist, monkeypatch)
    new = tmp_path / "new" / "mnist"
    new.mkdir(parents=True)
    mine = idx_bytes(np.array([7, 7, 7, 7], np.uint8))
    (new / "t10k-labels.idx1-ubyte").write_bytes(mine)
    assert load_data("mnist", tmp_path / "new").test.labels.tolist() == [7] * 4
    assert len(server.asked) == 3
    assert (new / "t10k-labels.idx1-ubyte").read_bytes() == mine


def test_broken_files_are_not_replaced(small_mnist: Path) -> None:
    path = small_mnist / "mnist" / f"{idx.PARTS[0]}.gz"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(DataError, match="Delete it and it is downloaded again"):
        load_data("mnist", small_mnist)
    assert path.stat().st_size == 100


def test_no_mirror_has_it(
    server: Server, small_mnist: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(server, small_mnist, monkeypatch)
    with pytest.raises(DownloadError, match=r"404.*Put cifar-10-binary.tar.gz into .*cifar10"):
        load_data("cifar10", tmp_path / "new")
