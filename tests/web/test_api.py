"""The API by a real client, against a real server."""

import base64
import io
import json
import re
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image
from prometheus_client.parser import text_string_to_metric_families
from threadpoolctl import threadpool_limits

from digitile.reader import Reader
from tests.web.samples import BLANK, DOCUMENT, EIGHT, IN_BOXES, TWO_SEVEN, answer_schema, check


def pixels(address: str) -> Any:
    kind, _, code = address.partition(",")
    assert kind == "data:image/png;base64"
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(code))))


@pytest.mark.parametrize("form", [False, True])
def test_a_picture_is_read_as_in_python(client: httpx.Client, form: bool) -> None:
    words = {"files": {"picture": ("eight.png", EIGHT)}} if form else {"content": EIGHT}
    answer = client.post("/api/v1/read", **words)  # type: ignore[arg-type]
    assert answer.status_code == 200
    found = answer.json()
    check(found, answer_schema(DOCUMENT, "/api/v1/read", "post", 200), DOCUMENT)
    with threadpool_limits(1):  # as in the server: the order of sums depends on it
        expected = json.loads(json.dumps(Reader.load().read(EIGHT).to_json()))
    assert found == {**expected, "path": "eight.png" if form else None, "further": []}
    assert [line["text"] for line in found["lines"]] == ["8"]


def test_no_regular_expressions_of_strangers(client: httpx.Client) -> None:
    answer = client.post("/api/v1/read", params={"field": "regex=(3+)+x"}, content=EIGHT)
    assert answer.status_code == 400
    assert "regex" in answer.json()["error"]
    answer = client.post("/api/v1/read", params={"field": "length=1"}, content=EIGHT)
    assert answer.json()["lines"][0]["text"] == "8"


def test_a_page_is_turned_only_if_that_is_asked_for(client: httpx.Client) -> None:
    with Image.open(io.BytesIO(IN_BOXES)) as upright:
        content = io.BytesIO()
        upright.rotate(180).save(content, "PNG")
    answer = client.post("/api/v1/read", content=content.getvalue(), params={"turn": "false"})
    assert answer.json()["turned"] == 0
    found = client.post("/api/v1/read", content=IN_BOXES, params={"cells": "false"}).json()
    assert found["grid"] is None


def test_several_pictures_in_one_request(client: httpx.Client) -> None:
    files = [("a", ("8.png", EIGHT)), ("b", ("bad.png", b"no")), ("c", ("none.png", BLANK))]
    answer = client.post("/api/v1/read-many", files=files, params={"field": "length=1"})
    assert answer.status_code == 200
    check(answer.json(), answer_schema(DOCUMENT, "/api/v1/read-many", "post", 200), DOCUMENT)
    eight, bad, blank = answer.json()["pictures"]
    assert [one["name"] for one in (eight, bad, blank)] == ["8.png", "bad.png", "none.png"]
    assert eight["pages"][0]["lines"][0]["text"] == "8"
    assert bad["error"]["code"] == "picture_unreadable"
    assert blank["pages"][0]["lines"] == []
    assert blank["error"] is None
    files = [("a", (f"{number}.png", EIGHT)) for number in range(21)]
    answer = client.post("/api/v1/read-many", files=files)
    assert answer.json()["code"] == "invalid_form"
    assert "20" in answer.json()["error"]


def test_boxes_are_drawn_on_the_picture(client: httpx.Client) -> None:
    answer = client.post("/api/v1/draw", content=TWO_SEVEN)
    assert answer.headers["content-type"] == "image/jpeg"
    drawn = np.asarray(Image.open(io.BytesIO(answer.content)).convert("RGB")).astype(int)
    before = np.asarray(Image.open(io.BytesIO(TWO_SEVEN)).convert("RGB"))
    assert drawn.shape == before.shape
    coloured = np.ptp(drawn, axis=2) > 60
    assert coloured.any(axis=1).sum() > 100  # down the sides of the boxes


def test_metrics_count_requests(client: httpx.Client) -> None:
    client.post("/api/v1/read", content=EIGHT)
    client.get("/nothing")
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    samples = {
        (sample.name, sample.labels.get("path"), sample.labels.get("status")): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }
    assert samples["digitile_requests_total", "/api/v1/read", "200"] >= 1
    assert samples["digitile_requests_total", "other", "404"] >= 1
    assert samples["digitile_pictures_waiting", None, None] == 0
    assert samples["process_open_fds", None, None] > 3


def test_every_answer_has_an_id(client: httpx.Client) -> None:
    ids = {client.get(path).headers["x-request-id"] for path in ("/", "/nothing", "/api/v1/health")}
    assert len(ids) == 3
    for given, kept in (("a-7.b_", True), ("x" * 65, False), ("a b", False), ('"', False)):
        answer = client.get("/api/v1/health", headers={"X-Request-ID": given})
        assert (answer.headers["x-request-id"] == given) == kept


def test_blank_paper(client: httpx.Client) -> None:
    found = client.post("/api/v1/read", content=BLANK).json()
    assert found["lines"] == []
    assert found["reason"]


def test_the_accepted_error_rate_is_the_query_s_or_the_form_s(client: httpx.Client) -> None:
    def accepted(**words: Any) -> bool:
        return client.post("/api/v1/read", **words).json()["lines"][0]["accepted"]

    files = {"picture": ("eight.png", EIGHT)}
    assert accepted(content=EIGHT)
    assert accepted(content=EIGHT, params={"max_error": "0.5"})
    assert accepted(files=files, data={"max_error": "0.5"})
    for value in ("much", "nan", "-1", "0", "1", "2"):
        answer = client.post("/api/v1/read", content=EIGHT, params={"max_error": value})
        assert answer.status_code == 400, value
        assert value in answer.json()["error"]


def looked(client: httpx.Client, picture: bytes, digit: Any, turned: int = 0) -> Any:
    words = ",".join(str(digit["box"][key]) for key in ("x", "y", "width", "height"))
    answer = client.post("/api/v1/look", content=picture, params={"box": words, "turned": turned})
    assert answer.status_code == 200
    return answer.json()


def test_a_look_at_one_digit(client: httpx.Client) -> None:
    (digit,) = client.post("/api/v1/read", content=EIGHT).json()["lines"][0]["digits"]
    seen = looked(client, EIGHT, digit)
    check(seen, answer_schema(DOCUMENT, "/api/v1/look", "post", 200), DOCUMENT)
    patch = pixels(seen["patch"])
    assert patch.shape == (seen["side"], seen["side"])
    assert np.ptp(patch) > 100
    x, y = (
        seen["box"][at] + seen["box"][size] / 2 for at, size in (("x", "width"), ("y", "height"))
    )
    assert abs(x - seen["side"] / 2) < 4
    assert abs(y - seen["side"] / 2) < 4
    assert [one["class"] for one in seen["scores"]][:10] == list("0123456789")
    best = max(seen["scores"], key=lambda one: one["score"])
    assert best["class"] == "8"
    assert best["score"] == pytest.approx(digit["confidence"], abs=1e-4)
    maps = [pixels(one["map"]) for one in seen["scores"]]
    places = seen["side"] // 4  # one for every fourth pixel
    assert {own.shape for own in maps} == {(places, places)}
    down, right = np.unravel_index(maps[8].argmax(), (places, places))
    assert abs(4 * right + 2 - x) < 12
    assert abs(4 * down + 2 - y) < 12


def test_each_of_several_digits_is_seen_as_it_was_read(client: httpx.Client) -> None:
    found = client.post("/api/v1/read", content=TWO_SEVEN).json()
    digits = found["lines"][0]["digits"]
    assert [digit["digit"] for digit in digits] == [2, 7]
    for digit in digits:
        seen = looked(client, TWO_SEVEN, digit, found["turned"])
        scores = {one["class"]: one["score"] for one in seen["scores"]}
        assert scores[str(digit["digit"])] == pytest.approx(digit["confidence"], abs=1e-4)


def test_a_look_where_nothing_is(client: httpx.Client) -> None:
    answer = client.post("/api/v1/look", content=BLANK, params={"box": "5,5,9,9"})
    assert answer.status_code == 422
    assert "no digit at 5,5" in answer.json()["error"]
    answer = client.post("/api/v1/look", content=EIGHT, params={"box": "5,5,9,9", "turned": "45"})
    assert answer.status_code == 400
    assert "45" in answer.json()["error"]


def test_all_pages_of_a_tiff(client: httpx.Client) -> None:
    content = io.BytesIO()
    with Image.open(io.BytesIO(EIGHT)) as eight, Image.open(io.BytesIO(BLANK)) as blank:
        eight.save(content, "TIFF", save_all=True, append_images=[blank])
    found = client.post("/api/v1/read", content=content.getvalue()).json()
    check(found, answer_schema(DOCUMENT, "/api/v1/read", "post", 200), DOCUMENT)
    assert [line["text"] for line in found["lines"]] == ["8"]
    assert [(page["page"], page["lines"]) for page in found["further"]] == [(2, [])]


def test_cells_of_a_grid(client: httpx.Client) -> None:
    found = client.post("/api/v1/read", content=IN_BOXES).json()
    check(found, answer_schema(DOCUMENT, "/api/v1/read", "post", 200), DOCUMENT)
    ((two, seven, empty),) = found["grid"]["rows"]
    assert [cell["text"] for cell in (two, seven, empty)] == ["2", "7", ""]
    assert two["box"]["x"] == pytest.approx(20, abs=8)
    assert empty["box"]["width"] == pytest.approx(270, abs=16)


@pytest.mark.parametrize("box", ["1,2,3", "a,b,c,d", "9000,9000,5,5", "", "0,0,0,0", "0,0,-5,5"])
def test_a_box_that_is_none(client: httpx.Client, box: str) -> None:
    answer = client.post("/api/v1/look", content=EIGHT, params={"box": box})
    assert answer.status_code == 400
    assert "box" in answer.json()["error"]


def test_the_box_may_come_in_the_form_but_must_come(client: httpx.Client) -> None:
    (digit,) = client.post("/api/v1/read", content=EIGHT).json()["lines"][0]["digits"]
    words = ",".join(str(digit["box"][key]) for key in ("x", "y", "width", "height"))
    files = {"picture": ("eight.png", EIGHT)}
    answer = client.post("/api/v1/look", files=files, data={"box": words, "turned": "0"})
    assert answer.json() == looked(client, EIGHT, digit)
    answer = client.post("/api/v1/look", files=files)
    assert answer.status_code == 400
    assert "x,y,width,height" in answer.json()["error"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/v1/read"),
        ("POST", "/api/v1/look"),
        ("GET", "/api/v1/health"),
        ("GET", "/api/v1/recipes"),
    ],
)
def test_unknown_parameters(client: httpx.Client, method: str, path: str) -> None:
    body = {"content": EIGHT} if method == "POST" else {}
    answer = client.request(method, path, params={"colour": "red"}, **body)  # type: ignore[arg-type]
    assert answer.status_code == 400
    assert "colour" in answer.json()["error"]


def test_unknown_fields_of_a_form(client: httpx.Client) -> None:
    files = {"picture": ("eight.png", EIGHT)}
    answer = client.post("/api/v1/read", files=files, data={"colour": "red"})
    assert answer.status_code == 400
    assert "colour" in answer.json()["error"]


def test_no_pages_that_load_from_other_hosts(client: httpx.Client) -> None:
    for path in ("/docs", "/redoc", "/openapi.json"):
        assert client.get(path).status_code == 404


def test_health_ready_and_description(client: httpx.Client) -> None:
    assert client.get("/api/v1/health").json()["status"] == "ok"
    assert client.get("/api/v1/ready").json() == {"status": "ready"}
    described = client.get("/api/v1/openapi.json").json()
    assert described["paths"] == DOCUMENT["paths"]


def test_errors_are_json_as_described(client: httpx.Client) -> None:
    for method, path, status in [
        ("GET", "/api/v1/nothing", 404),
        ("GET", "/nothing", 404),
        ("GET", "/api/v1/read", 405),
        ("PUT", "/api/v1/trainings", 405),
        ("GET", "/api/v1/trainings/none", 404),
        ("DELETE", "/api/v1/trainings/none", 404),
        ("GET", "/api/v1/trainings/none/events", 404),
        ("GET", "/api/v1/trainings/none/model", 404),
        ("POST", "/api/v1/trainings", 400),
        ("POST", "/api/v1/read", 400),
    ]:
        answer = client.request(method, path)
        assert answer.status_code == status, path
        check(answer.json(), {"$ref": "#/components/schemas/Error"}, DOCUMENT)
        chinese = client.request(method, path, headers={"Accept-Language": "zh-CN,en;q=0.5"})
        assert chinese.json()["code"] == answer.json()["code"]
        assert re.search("[\u4e00-\u9fff]", chinese.json()["error"]), path


def test_every_answer_carries_the_headers(client: httpx.Client) -> None:
    for path in ("/", "/train", "/static/read.js", "/api/v1/health", "/nothing"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff", path
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "http:" not in policy
        assert "unsafe" not in policy
        assert "server" not in headers
