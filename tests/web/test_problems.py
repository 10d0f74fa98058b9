"""Every error has a code and a sentence in both languages."""

import re
from typing import get_args

import pytest
from starlette.datastructures import Headers

from digitile.errors import (
    DigitileError,
    ModelFileError,
    PictureError,
    SettingError,
    TrainingError,
)
from digitile.web.problems import KINDS, Code, Problem, answer, preferred_language, problem_of


def test_every_code_has_both_sentences_with_the_same_places() -> None:
    assert set(KINDS) == set(get_args(Code))
    for code, kind in KINDS.items():
        places = [sorted(re.findall(r"\{.*?\}", text)) for text in (kind.english, kind.chinese)]
        assert places[0] == places[1], code
        assert re.search("[\u4e00-\u9fff]", kind.chinese), code


@pytest.mark.parametrize(
    ("wanted", "language"),
    [
        ("", "en"),
        ("zh", "zh"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-GB,en;q=0.9,zh;q=0.8", "en"),
        ("en;q=0.5, ZH-Hans-CN; q=0.7", "zh"),
        ("fr, zh;q=0", "en"),
        ("de,*;q=0.5", "en"),
        ("zh;q=abc", "en"),
        (";;,,=;q=", "en"),
    ],
)
def test_the_language_is_the_one_preferred(wanted: str, language: str) -> None:
    assert preferred_language(wanted) == language


def test_an_answer_says_it_in_the_language_asked_for() -> None:
    problem = Problem("body_too_large", limit=5)
    chinese = answer(problem, Headers({"accept-language": "zh-CN"}))
    assert "超过 5 字节" in bytes(chinese.body).decode()
    assert chinese.headers["content-language"] == "zh"
    english = answer(problem, Headers({}))
    assert "larger than 5 bytes" in bytes(english.body).decode()
    assert english.status_code == chinese.status_code == 413


def test_who_is_told_to_come_again_is_told_when() -> None:
    assert all(
        "Retry-After" in (Problem(code, reason="").headers or {})
        for code, kind in KINDS.items()
        if kind.status == 503
    )


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (PictureError("it is cut short."), 422),
        (SettingError("there is no such field."), 400),
        (TrainingError("one runs."), 409),
        (ModelFileError("it is broken."), 503),
        (DigitileError("there is not enough memory for this."), 503),
    ],
)
def test_errors_of_other_parts(error: DigitileError, status: int) -> None:
    problem = problem_of(error)
    assert problem.status_code == status
    assert problem.told("en") == str(error)
    assert str(error) in problem.told("zh")
