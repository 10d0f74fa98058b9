"""Reading needs no extra, and where one is missing, one line says which."""

import json
import re
import tomllib
from pathlib import Path

import pytest

from digitile.errors import UsageError
from digitile.extras import extra, require
from tests import light

ROOT = Path(__file__).parent.parent
PHOTO = ROOT / "examples" / "date-08031990.jpg"


@pytest.fixture(scope="module")
def variables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return light.environment(tmp_path_factory.mktemp("light"))


def test_the_packages_are_those_that_pip_installs() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = {re.split("[>=<]", line)[0] for line in project["dependencies"]}
    imported = {"pillow": "PIL", "opencv-python-headless": "cv2"}
    brought = {"pygments", "markdown_it", "mdurl"}  # by Rich
    assert {imported.get(name, name) for name in named} | brought == set(light.BASE)


def test_reading_needs_no_extra(variables: dict[str, str], tmp_path: Path) -> None:
    read = light.run(variables, tmp_path, ["-m", "digitile", "read", PHOTO, "--boxes", "boxes.png"])
    assert (read.returncode, read.stderr) == (0, "")
    assert read.stdout.startswith(f"{PHOTO}: 08031990 (")


def test_forms_need_no_extra(variables: dict[str, str], tmp_path: Path) -> None:
    sheets = ROOT / "examples" / "form"
    words = [
        "-m",
        "digitile",
        "read",
        "--form",
        sheets / "form.toml",
        sheets / "filled.jpg",
        "--csv",
    ]
    read = light.run(variables, tmp_path, words)
    assert (read.returncode, read.stderr) == (0, "")
    assert read.stdout.splitlines()[1].startswith(f"{sheets / 'filled.jpg'},1,")
    draft = ["-m", "digitile", "form", "draft", sheets / "blank.png", "--out", "drafted.toml"]
    assert light.run(variables, tmp_path, draft).returncode == 0


def test_many_pictures_are_read_without_an_extra(variables: dict[str, str], tmp_path: Path) -> None:
    """In processes of their own, by the engine that is there."""
    words = ["-m", "digitile", "read", PHOTO, "--out", "out.jsonl", "--processes", "1"]
    read = light.run(variables, tmp_path, words)
    assert read.returncode == 0, read.stderr
    (line,) = (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["text"] == "08031990"
    words[4:4] = ["--engine", "tile"]
    refused = light.run(variables, tmp_path, words)
    assert refused.returncode == 2
    assert "pip install 'digitile[train]', or use --engine reference." in refused.stderr


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("train sjtu2025", "train"),
        ("train sjtu2025 --engine reference", "train"),
        ("train sjtu2025 --engine xla", "xla"),
        ("train sjtu2025 --log tensorboard --engine reference", "tensorboard"),
        ("train sjtu2025 --log mlflow --engine reference", "mlflow"),
        ("adapt digits examples.zip", "train"),
        ("calibrate digits --engine reference", "train"),
        ("evaluate digits --data scenes --engine reference", "train"),
        ("data fetch mnist", "train"),
        ("sweep sjtu2025 --set lr=0.1,0.2", "train"),
        ("sweep sjtu2025 --set lr=0.1,0.2 --search tpe --trials 2 --engine reference", "sweep"),
        ("reproduce ma2018/fig4 --engine reference", "figures,train"),
        ("explain digits photo.jpg", "figures"),
        ("plot some.history.jsonl", "figures"),
        ("export digits --onnx digits.onnx", "onnx"),
        ("export digits --page page", "onnx"),
        ("bench", "train"),
        ("bench --plan sjtu2025", "train"),
        ("serve", "web"),
        ("read photo.jpg --out some.parquet", "bulk"),
        ("read photo.jpg --out some.jsonl --ray local", "ray"),
    ],
)
def test_a_missing_extra_is_named(
    variables: dict[str, str], tmp_path: Path, words: str, name: str
) -> None:
    (tmp_path / "photo.jpg").write_bytes(PHOTO.read_bytes())
    record = '{"iteration":1,"epoch":1,"loss":1,"smoothed":1,"lr":1,"accuracy":1}\n'
    (tmp_path / "some.history.jsonl").write_text(record, encoding="utf-8")
    own = {**variables, "DIGITILE_DATA": str(tmp_path / "no-data")}
    ran = light.run(own, tmp_path, ["-m", "digitile", *words.split()])
    assert (ran.returncode, ran.stdout) == (2, "")
    (line,) = ran.stderr.splitlines()
    assert f"pip install 'digitile[{name}]'" in line


def test_experiments_are_listed_without_an_extra(variables: dict[str, str], tmp_path: Path) -> None:
    ran = light.run(variables, tmp_path, ["-m", "digitile", "reproduce", "--list"])
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "ma2018/fig4" in ran.stdout


def test_the_classifier_names_its_extra(variables: dict[str, str], tmp_path: Path) -> None:
    ran = light.run(variables, tmp_path, ["-c", "import digitile.sklearn"])
    assert "pip install 'digitile[train]'" in ran.stderr.splitlines()[-1]


def test_what_is_missing_is_said_before_the_work() -> None:
    require("train", "json", "os")
    with pytest.raises(UsageError, match=r"nowhere is missing.*'digitile\[train\]'"):
        require("train", "json", "nowhere")
    with pytest.raises(UsageError, match=r"nowhere is missing.*'digitile\[web\]'"), extra("web"):
        import nowhere  # noqa: F401


def test_every_extra_that_is_named_exists() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py"))
    named = set(re.findall(r"(?:extra|require)\(\"([\w,]+)\"", sources))
    named |= set(re.findall(r"'digitile\[(\w+)\]'", sources))
    named = {name for names in named for name in names.split(",")}
    assert named <= set(project["optional-dependencies"])
