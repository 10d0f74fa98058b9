"""The pages' words: all there, in both languages, and nothing from outside."""

import re
from pathlib import Path
from typing import get_args

import digitile.reader.page
import digitile.web
from digitile.forms import Anchor
from digitile.reader.sight import CLASSES

STATIC = Path(digitile.web.__file__).parent / "static"
TEXTS = {file.name: file.read_text(encoding="utf-8") for file in STATIC.iterdir()}


def words() -> dict[str, tuple[str, str]]:
    table = TEXTS["words.js"].partition("const WORDS = {")[2].partition("\n};")[0]
    entries = re.findall(r'^  (\w+): \[\s*"([^"]*)",\s*"([^"]*)",?\s*\],$', table, re.MULTILINE)
    assert len(entries) == len(re.findall(r"^  \w+: \[", table, re.MULTILINE))
    return {key: (english, chinese) for key, english, chinese in entries}


def said() -> set[str]:
    found = set()
    for name, text in TEXTS.items():
        if name.endswith(".html"):
            found |= set(re.findall(r'data-(?:say|label|alt)="(\w+)"', text))
        elif name.endswith(".js"):
            found |= set(re.findall(r'\bsay\("(\w+)"', text))
            found |= set(re.findall(r'"(e_\w+)"', text))
    return found


def test_every_word_is_there_and_used() -> None:
    of_data = {key for key in words() if key.startswith("data_")}
    assert of_data == {"data_digits", "data_mnist", "data_cifar10"}
    of_anchors = {f"anchor_{name}" for name in get_args(Anchor)}
    of_classes = {f"class_{name}" for name in CLASSES if len(name) > 1}
    assert said() <= set(words())
    scripts = "".join(text for name, text in TEXTS.items() if name.endswith(".js"))
    quoted = set(re.findall(r'"(\w+)"', scripts))  # a choice between keys stands outside say()
    assert set(words()) - said() - quoted == of_data | of_classes | of_anchors


def test_both_languages_say_as_much() -> None:
    for key, (english, chinese) in words().items():
        assert english, key
        assert chinese, key
        places = [sorted(set(re.findall(r"\{\d\}", text))) for text in (english, chinese)]
        assert places[0] == places[1], key


def test_every_reason_is_translated() -> None:
    table = TEXTS["words.js"].partition("const REASONS = {")[2].partition("};")[0]
    told = set(re.findall(r'^  "([^"]+)": "[^"]+",$', table, re.MULTILINE))
    names = vars(digitile.reader.page)
    texts = [text for name, text in names.items() if name.isupper() and isinstance(text, str)]
    assert told == {text for text in texts if " " in text}


def test_nothing_comes_from_outside_and_nothing_is_inline() -> None:
    for name, text in TEXTS.items():
        for address in re.findall(r"https?://[^\"'\s)]+", text):
            assert address == "http://www.w3.org/2000/svg", (name, address)
        assert "innerHTML" not in text, name
        assert not re.search(r"<script(?! type=\"module\" src=\"/static/\w+\.js\"></script>)", text)
        assert not re.search(r"<[^>]* (style|on\w+)=", text), name
