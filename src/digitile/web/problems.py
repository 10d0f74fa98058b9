"""What goes wrong: for machines a code, for people a sentence in the language they ask for.

The sentences of both languages stand together in `KINDS`. What another part of digitile says of a
picture or a setting is in English only; in Chinese it stands in brackets after what it is about.
"""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from digitile.errors import DigitileError, FormFileError, PictureError, TrainingError, UsageError

Language = Literal["en", "zh"]

Code = Literal[
    "body_too_large",
    "busy",
    "client_gone",
    "empty_body",
    "foreign_origin",
    "internal",
    "invalid_form",
    "invalid_http",
    "invalid_parameter",
    "invalid_request",
    "loading",
    "method_not_allowed",
    "no_file",
    "no_model",
    "not_found",
    "picture_too_slow",
    "picture_unreadable",
    "request_timeout",
    "stopping",
    "training_off",
    "training_running",
    "unauthorized",
    "unavailable",
    "unknown_training",
    "worker_lost",
    "wrong_host",
]


class ProblemKind(NamedTuple):
    """A kind of problem: the status it is answered with, and its sentence with places for values.

    Attributes
    ----------
    status : int
    english, chinese : str
    """

    status: int
    english: str
    chinese: str


KINDS: dict[Code, ProblemKind] = {
    "body_too_large": ProblemKind(
        413,
        "the body is larger than {limit} bytes. Send less.",
        "请求内容超过 {limit} 字节。请减小后重试。",
    ),
    "busy": ProblemKind(
        503,
        "too many pictures are waiting. Come again soon.",
        "等待处理的图片过多。请稍后重试。",
    ),
    "client_gone": ProblemKind(499, "the client has hung up.", "客户端已断开连接。"),
    "empty_body": ProblemKind(
        400,
        "the body is empty. Send a picture's file, or a form with it.",
        "请求内容为空。请发送图片文件，或包含图片的表单。",
    ),
    "foreign_origin": ProblemKind(
        403,
        "a page of {origin} may not ask for this. The server's --allow-origin lets it.",
        "来自 {origin} 的网页无权执行此操作。可用服务器选项 --allow-origin 放行。",
    ),
    "internal": ProblemKind(
        500,
        "internal error: see the server's log.",
        "服务器内部错误，详见服务器日志。",
    ),
    "invalid_form": ProblemKind(
        400,
        "the form is broken: {reason}. Send multipart/form-data as browsers and curl -F do.",
        "表单格式有误（{reason}）。请按浏览器或 curl -F 的方式发送 multipart/form-data。",
    ),
    "invalid_http": ProblemKind(400, "this is no HTTP request.", "这不是有效的 HTTP 请求。"),
    "invalid_parameter": ProblemKind(400, "{reason}", "请求参数有误（{reason}）。"),
    "invalid_request": ProblemKind(400, "{reason}", "请求有误（{reason}）。"),
    "loading": ProblemKind(503, "the model is being loaded.", "模型正在加载。"),
    "method_not_allowed": ProblemKind(
        405,
        "{method} is not possible here. Use {allowed}.",
        "此地址不支持 {method}。请使用 {allowed}。",
    ),
    "no_file": ProblemKind(
        400,
        "the form holds no file. Send the picture as picture=@FILE.",
        "表单中没有文件。请以 picture=@FILE 的形式发送图片。",
    ),
    "no_model": ProblemKind(
        404, "this training has no model (yet).", "此训练没有模型，或尚未完成。"
    ),
    "not_found": ProblemKind(404, "there is nothing at {path}.", "{path} 不存在。"),
    "picture_too_slow": ProblemKind(
        422,
        "the picture could not be read within {seconds:.0f} seconds. Make it smaller.",
        "未能在 {seconds:.0f} 秒内读完图片。请缩小图片。",
    ),
    "picture_unreadable": ProblemKind(422, "{reason}", "无法读取图片（{reason}）。"),
    "request_timeout": ProblemKind(
        408,
        "the body was not here within {seconds:g} seconds.",
        "未能在 {seconds:g} 秒内收到完整的请求内容。",
    ),
    "stopping": ProblemKind(503, "the server is being stopped.", "服务器正在停止。"),
    "training_off": ProblemKind(
        403, "trainings are switched off on this server.", "此服务器已关闭训练功能。"
    ),
    "training_running": ProblemKind(409, "{reason}", "无法开始训练（{reason}）。"),
    "unauthorized": ProblemKind(
        401,
        "a token is needed. Send it as Authorization: Bearer TOKEN.",
        "需要令牌。请以 Authorization: Bearer TOKEN 的形式发送。",
    ),
    "unavailable": ProblemKind(503, "{reason}", "服务器暂时无法处理（{reason}）。"),
    "unknown_training": ProblemKind(404, "there is no such training.", "没有这项训练。"),
    "worker_lost": ProblemKind(
        503,
        "the process that read the picture has died. Come again soon.",
        "读取图片的进程意外终止。请稍后重试。",
    ),
    "wrong_host": ProblemKind(
        421,
        "this server is not called {host}. Use its address, or name it with --allow-host.",
        "此服务器不叫 {host}。请使用其地址，或用服务器选项 --allow-host 指定名称。",
    ),
}

RETRY_SECONDS = 1
"""Clients that are told to come again should wait so long: about what reading a photo takes."""


class Problem(HTTPException):
    """Something that went wrong, to be raised anywhere on the way to an answer.

    Parameters
    ----------
    code : Code
    headers : dict, optional
        Of the answer. A 503 has Retry-After in any case.
    values
        For the places of the sentence.
    """

    def __init__(self, code: Code, headers: dict[str, str] | None = None, **values: Any) -> None:
        kind = KINDS[code]
        again = {"Retry-After": str(RETRY_SECONDS)} if kind.status == 503 else {}
        super().__init__(kind.status, kind.english.format(**values), {**again, **(headers or {})})
        self.code = code
        self._values = values

    def told(self, language: Language) -> str:
        """Return the sentence."""
        kind = KINDS[self.code]
        return (kind.chinese if language == "zh" else kind.english).format(**self._values)


def content_of(problem: Problem, asked: Headers) -> dict[str, str]:
    """Return a problem as it is told to who asked with such headers."""
    language = preferred_language(asked.get("accept-language", ""))
    return {"error": problem.told(language), "code": problem.code}


def answer(problem: Problem, asked: Headers) -> JSONResponse:
    """Return a problem as an answer to a request with such headers."""
    headers = {**(problem.headers or {}), "Vary": "Accept-Language"}
    headers["Content-Language"] = preferred_language(asked.get("accept-language", ""))
    return JSONResponse(content_of(problem, asked), problem.status_code, headers)


def preferred_language(wanted: str) -> Language:
    """Return which of our languages an Accept-Language header (RFC 9110) prefers."""
    best: tuple[float, Language] = 0.0, "en"
    for part in wanted.split(","):
        name, _, weight = part.partition(";")
        language = name.strip().lower().partition("-")[0]
        try:
            q = float(weight.replace(" ", "").removeprefix("q=") or 1)
        except ValueError:
            continue
        if language == "en" and q > best[0]:
            best = q, "en"
        if language == "zh" and q > best[0]:
            best = q, "zh"
    return best[1]


def problem_of(error: DigitileError) -> Problem:
    """Return what an error of another part of digitile is here."""
    if isinstance(error, PictureError):
        return Problem("picture_unreadable", reason=error)
    if isinstance(error, TrainingError):
        return Problem("training_running", reason=error)
    if isinstance(error, UsageError | FormFileError):
        return Problem("invalid_parameter", reason=error)
    return Problem("unavailable", reason=error)


def problem_of_parameters(errors: Sequence[Any]) -> Problem:
    """Return what pydantic found in parameters, as a problem that names each."""
    found = []
    for one in errors:
        value = repr(one["input"])
        shown = value if len(value) <= MOST_SHOWN else f"{value[:MOST_SHOWN]}…"
        found.append(f"{'.'.join(map(str, one['loc']))}: {one['msg']} (got {shown}).")
    return Problem("invalid_parameter", reason=" ".join(found))


MOST_SHOWN = 60
"""Characters of a wrong value in a sentence."""
