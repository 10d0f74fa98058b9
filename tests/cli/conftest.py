"""Commands run in this process, as the shell would see them."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from digitile.cli import main


@dataclass(frozen=True)
class Result:
    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def run(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[..., Result]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DIGITILE_DATA", str(tmp_path / "no-data"))

    def call(*words: object) -> Result:
        monkeypatch.setattr(sys, "argv", ["digitile", *map(str, words)])
        status: Any = 0
        try:
            main()
        except SystemExit as error:
            status = error.code or 0
        captured = capsys.readouterr()
        return Result(status, captured.out, captured.err)

    return call
