import io
import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from digitile.data import folder, load_folder
from digitile.errors import DataError, ShapeError


def picture(path: Path, value: int, mode: str = "L", size: tuple[int, int] = (4, 4)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, value if mode == "L" else (value,) * 3).save(path)


def make(root: Path, counts: dict[str, int]) -> Path:
    """`counts` pictures for each class, each of one value: 10·class + number."""
    for index, (name, count) in enumerate(counts.items()):
        for i in range(count):
            picture(root / name / f"{i:02}.png", 10 * index + i)
    return root


def test_a_fifth_of_each_class_is_for_testing(tmp_path: Path) -> None:
    splits = load_folder(make(tmp_path, {"a": 10, "b": 2, "c": 1}), (1, 4, 4))
    assert splits.train.classes == splits.test.classes == ("a", "b", "c")
    assert np.bincount(splits.train.labels).tolist() == [8, 1, 1]
    assert np.bincount(splits.test.labels).tolist() == [2, 1]
    values = np.concatenate([splits.train.images[:, 0, 0, 0], splits.test.images[:, 0, 0, 0]])
    labels = np.concatenate([splits.train.labels, splits.test.labels])
    assert sorted(values.tolist()) == [*range(10), 10, 11, 20]
    assert (values // 10 == labels).all()
    assert splits.train.name == tmp_path.name


def test_the_test_set_is_always_the_same(tmp_path: Path) -> None:
    one = load_folder(make(tmp_path / "one", {"a": 20, "b": 5}), (1, 4, 4)).test
    other = load_folder(make(tmp_path / "other", {"a": 20, "b": 9}), (1, 4, 4)).test
    values = [part.images[part.labels == 0, 0, 0, 0].tolist() for part in (one, other)]
    assert values[0] == values[1]


def test_train_and_test_folders_are_the_split(tmp_path: Path) -> None:
    make(tmp_path / "train", {"11": 3, "10": 2})
    make(tmp_path / "test", {"11": 1, "10": 4})
    splits = load_folder(tmp_path, (1, 4, 4))
    assert splits.train.classes == ("10", "11")
    assert splits.train.images[:, 0, 0, 0].tolist() == [10, 11, 0, 1, 2]
    assert splits.test.labels.tolist() == [0, 0, 0, 0, 1]


def test_numbers_are_sorted_as_numbers(tmp_path: Path) -> None:
    make(tmp_path, dict.fromkeys(("10", "9", "b", "01", "B", "2"), 2))
    classes = load_folder(tmp_path, (1, 4, 4)).train.classes
    assert classes == ("01", "2", "9", "10", "B", "b")


def test_pictures_of_any_kind_and_size(tmp_path: Path) -> None:
    for name in ("a", "b"):
        picture(tmp_path / name / "1.jpg", 80, "RGB", (60, 30))
        picture(tmp_path / name / "2.PNG", 80, "L", (3, 3))
        picture(tmp_path / name / "3.webp", 80, "RGB", (28, 28))
        picture(tmp_path / name / "4.bmp", 80)
        picture(tmp_path / name / "5.gif", 80)
        picture(tmp_path / name / "6.tiff", 80)
    splits = load_folder(tmp_path, (3, 28, 28))
    assert splits.train.shape == (3, 28, 28)
    assert len(splits.train) + len(splits.test) == 12
    middle = splits.train.images[:, :, 14, 14].astype(int)
    assert np.abs(middle - 80).max() <= 3


def test_what_is_no_picture_is_no_part(tmp_path: Path) -> None:
    make(tmp_path, {"a": 2, "b": 2})
    for name in ("labels.csv", ".DS_Store", "a/Thumbs.db", "a/notes", "b/._00.png", ".git/x.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"?")
    splits = load_folder(tmp_path, (1, 4, 4))
    assert len(splits.train) + len(splits.test) == 4
    assert splits.train.classes == ("a", "b")


def test_what_cannot_be_used_is_left_out_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    make(tmp_path, {"a": 4, "b": 4})
    whole = (tmp_path / "b" / "00.png").read_bytes()
    (tmp_path / "b" / "00.png").write_bytes(b"<html>")
    (tmp_path / "b" / "01.png").write_bytes(whole[:-20])
    picture(tmp_path / "stray.png", 1)
    picture(tmp_path / "a" / "inner" / "0.png", 1)
    buffer = io.BytesIO()
    Image.new("1", (10_000, 10_000)).save(buffer, "PNG")
    (tmp_path / "a" / "00.png").write_bytes(buffer.getvalue())
    os.mkfifo(tmp_path / "a" / "pipe.png")
    (tmp_path / "b" / "link.png").symlink_to(tmp_path / "nothing.png")
    (tmp_path / "b" / "loop.png").symlink_to(tmp_path / "b" / "loop.png")
    splits = load_folder(tmp_path, (1, 4, 4))
    labels = np.concatenate([splits.train.labels, splits.test.labels])
    assert np.bincount(labels).tolist() == [3, 2]
    values = np.concatenate([splits.train.images[:, 0, 0, 0], splits.test.images[:, 0, 0, 0]])
    assert (values // 10 == labels).all()
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == 8
    assert all(text.startswith("left out: ") and "\n" not in text for text in told)
    names = ("stray", "inner", "a/00", "pipe", "b/00", "b/01", "link", "loop")
    assert all(any(name in text for text in told) for name in names)


def test_of_many_that_are_left_out_the_rest_is_counted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    make(tmp_path, {"a": 30, "b": 2})
    for i in range(25):
        (tmp_path / "a" / f"{i:02}.png").write_bytes(b"")
    load_folder(tmp_path, (1, 4, 4))
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == folder.LISTED + 1
    assert told[-1] == "left out: 5 more"


def test_a_class_of_which_no_picture_can_be_used(tmp_path: Path) -> None:
    make(tmp_path, {"a": 2, "b": 3})
    for i in range(3):
        (tmp_path / "b" / f"{i:02}.png").write_bytes(b"<html>")
    with pytest.raises(DataError, match=r"^none of the 3 pictures in .*b' can be used.*b/00\.png"):
        load_folder(tmp_path, (1, 4, 4))


def test_folders_beside_train_and_test(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for part in ("train", "test", "val"):
        make(tmp_path / part, {"a": 1, "b": 1})
    assert len(load_folder(tmp_path, (1, 4, 4)).train) == 2
    assert "val' is beside the folders train and test" in caplog.text


def test_digits_are_shown_alike_whatever_they_are_written_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Bright on black as MNIST's, dark on light, and on a larger photo, not in its middle."""
    shown = []
    for kind in ("bright", "dark", "photo"):
        for name in "17":
            (tmp_path / kind / name).mkdir(parents=True)
            ink = np.zeros((112, 112), np.uint8)
            cv2.line(ink, (60, 16), (50, 96), 255, 10)
            if name == "7":
                cv2.line(ink, (20, 16), (60, 16), 255, 10)
            made = {"bright": ink, "dark": 255 - ink, "photo": np.full((200, 150), 200, np.uint8)}
            made["photo"][30:142, 20:132] -= ink // 2
            for i in range(2):
                Image.fromarray(made[kind]).save(tmp_path / kind / name / f"{i}.png")
        Image.new("L", (50, 50), 200).save(tmp_path / kind / "7" / "empty.png")
        splits = load_folder(tmp_path / kind, (1, 28, 28))
        assert len(splits.train) + len(splits.test) == 4
        shown.append(splits.train.images.astype(int))
    assert caplog.text.count("7/empty.png': no ink stands out from the paper") == 3
    assert np.median(shown[0][:, 0, 0]) == 0
    for other in shown[1:]:
        assert np.abs(other - shown[0]).mean() < 6


@pytest.mark.parametrize(
    ("paths", "message"),
    [
        (["a/0.png"], "has 1 sub-folders, but needs one for each of two classes"),
        (["a/0.png", "b/x.txt"], r"b' has no pictures"),
        (["a/0.png", "b/c/0.png"], r"b' has no pictures"),
        (["a/0.png", "b/0.png"], "one picture of each class, which leaves none"),
        (["train/a/0.png", "train/b/0.png", "test/a/0.png", "test/c/0.png"], "class 'b' is only"),
        (["train/a/0.png", "train/b/0.png", "test/a/0.png"], "has 1 sub-folders"),
        (["train/0.png", "test/0.png"], "has 0 sub-folders"),
        (["a\nb/0.png", "c/0.png"], r"a\\nb': a class's name must be printable"),
        (["a\udcff/0.png", "c/0.png"], r"a\\udcff': a class's name must be printable"),
    ],
)
def test_other_layouts(tmp_path: Path, paths: list[str], message: str) -> None:
    for path in paths:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(b"")
        if path.endswith(".png"):
            picture(tmp_path / path, 1)
    with pytest.raises(DataError, match=message) as caught:
        load_folder(tmp_path, (1, 4, 4))
    assert "\n" not in str(caught.value)


def test_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for name in ("nothing", "file"):
        with pytest.raises(DataError, match="cannot be listed"):
            load_folder(tmp_path / name, (1, 4, 4))


def test_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, {"a": 3, "b": 3})
    with pytest.raises(DataError, match="6 pictures of 1×40000×40000 would fill"):
        load_folder(tmp_path, (1, 40_000, 40_000))
    monkeypatch.setattr(folder, "MAX_PICTURES", 5)
    with pytest.raises(DataError, match="has 6 pictures; at most 5"):
        load_folder(tmp_path, (1, 4, 4))
    monkeypatch.setattr(folder, "MAX_PICTURES", 2)
    with pytest.raises(DataError, match="more than 2 entries"):
        load_folder(tmp_path, (1, 4, 4))


def test_a_shape_that_is_not_of_pictures(tmp_path: Path) -> None:
    with pytest.raises(ShapeError, match="784"):
        load_folder(make(tmp_path, {"a": 2, "b": 2}), (784,))
