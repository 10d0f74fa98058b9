"""What a client sends: one picture and a few words with it, bounded in size and in time."""

import asyncio
from collections.abc import AsyncGenerator

from python_multipart.exceptions import FormParserError
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from digitile.web.limits import Limits
from digitile.web.upload import Upload

MAX_WORDS = 8
MAX_WORD_BYTES = 4096


async def receive(request: Request, limits: Limits) -> bytes:
    """Return a request's body.

    Raises
    ------
    HTTPException
        413 for a body that is too large, 408 for one that is not there in time.
    """
    too_large = HTTPException(
        413, f"the body is larger than {limits.max_bytes} bytes. Send a smaller picture."
    )
    announced = request.headers.get("content-length", "0")
    if not announced.isdecimal() or int(announced) > limits.max_bytes:
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(limits.timeout):
            async for part in request.stream():
                body += part
                if len(body) > limits.max_bytes:
                    raise too_large
    except TimeoutError:
        raise HTTPException(
            408,
            f"the body was not here within {limits.timeout:g} seconds.",
            {"Connection": "close"},
        ) from None
    return bytes(body)


async def receive_picture(request: Request, limits: Limits) -> Upload:
    """Return the picture of a request: its body, or the one file of its form.

    Raises
    ------
    HTTPException
        As `receive`; 400 for a form that is broken or holds no picture.
    """
    body = await receive(request, limits)
    words = dict(request.query_params)
    if request.headers.get("content-type", "").partition(";")[0].strip() != "multipart/form-data":
        if not body:
            raise HTTPException(400, "the body is empty. Send a picture's file, or a form with it.")
        return Upload(body, None, words)

    async def once() -> AsyncGenerator[bytes, None]:
        yield body

    parser = MultiPartParser(
        request.headers,
        once(),
        max_files=1,
        max_fields=MAX_WORDS,
        max_part_size=MAX_WORD_BYTES,
    )
    try:
        form = await parser.parse()
    except (MultiPartException, FormParserError, ValueError, LookupError) as error:
        reason = " ".join(str(getattr(error, "message", error)).split()).rstrip(".")
        raise HTTPException(400, f"the form is broken: {reason}.") from None
    upload = None
    for key, value in form.multi_items():
        if isinstance(value, UploadFile):
            upload = Upload(await value.read(), value.filename)
        else:
            words[key] = value
    await form.close()
    if upload is None or not upload.content:
        raise HTTPException(400, "the form holds no file. Send the picture as picture=@FILE.")
    return Upload(upload.content, upload.name, words)
