"""What a client sends: bounded in size and in time; and the pictures in it."""

import asyncio
from typing import NamedTuple

from python_multipart.multipart import parse_options_header
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request
from starlette.types import Message, Receive

from digitile.web.limits import Room
from digitile.web.problems import Problem

MAX_FIELDS = 8
MAX_FIELD_BYTES = 4096

LINGER_SECONDS = 1.0
"""What still comes of a body that is not wanted is thrown away for so long.

A connection that is closed with bytes unread is reset, and the client may lose the answer.
"""


class Picture(NamedTuple):
    """A picture's file as it was sent, and its name, if it has one."""

    content: bytes
    name: str | None


class Body:
    """The body of a request, which raises 413, 408 or 503 where it is beyond the limits.

    Starlette's own limit answers in plain text, and knows no time.

    Parameters
    ----------
    receive : Receive
        Of the connection.
    headers : Headers
        Of the request.
    limit : int
        Bytes that it may have.
    seconds : float
        In which it must have arrived.
    client : str
        Whose share of `room` it takes.
    room : Room
    """

    def __init__(
        self,
        receive: Receive,
        headers: Headers,
        limit: int,
        seconds: float,
        client: str,
        room: Room,
    ) -> None:
        self._receive, self._limit = receive, limit
        self._seconds = seconds
        self._end = asyncio.get_running_loop().time() + seconds
        self._client, self._room = client, room
        self._announced = int(headers.get("content-length", "0"))
        self._size = 0
        self.whole = not self._announced and "transfer-encoding" not in headers
        self._told = False

    async def receive(self) -> Message:
        """Return the next part of it."""
        if self._told and self.whole:  # all that can come now is that the client goes
            return await self._receive()
        if self._announced > self._limit:
            raise Problem("body_too_large", limit=self._limit)
        try:
            async with asyncio.timeout_at(self._end):
                message = await self._receive()
        except TimeoutError:
            raise Problem("request_timeout", seconds=self._seconds) from None
        size = len(message.get("body", b""))
        if self._size + size > self._limit:
            raise Problem("body_too_large", limit=self._limit)
        if not self._room.take(self._client, size):
            raise Problem("busy")
        self._size += size
        self._told, self.whole = True, not message.get("more_body", False)
        return message

    async def drop_rest(self) -> None:
        """Throw away what still comes, for a while, and no longer than the server goes on."""
        try:
            async with asyncio.timeout(LINGER_SECONDS):
                while not self.whole:
                    self.whole = not (await self._receive()).get("more_body", False)
        except (TimeoutError, asyncio.CancelledError):
            pass

    def release(self) -> None:
        """Give back the memory it has taken."""
        self._room.give_back(self._client, self._size)
        self._size = 0


async def receive_pictures(request: Request, most: int) -> tuple[list[Picture], dict[str, str]]:
    """Return a request's pictures, at most so many, and its form's other fields.

    A picture is the request's body, or a file of its form.

    Raises
    ------
    Problem
        400 for a form that is broken or holds no picture; see `Body`.
    """
    kind, options = parse_options_header(request.headers.get("content-type"))
    if kind != b"multipart/form-data":
        body = await request.body()
        if not body:
            raise Problem("empty_body")
        return [Picture(body, None)], {}
    # without its charset: forms are UTF-8 (RFC 7578, 5.1.2), and some codecs raise any error
    boundary = options.get(b"boundary", b"").decode("latin-1")
    quoted = boundary.replace("\\", "\\\\").replace('"', '\\"')
    parser = MultiPartParser(
        Headers({"content-type": f'form-data; boundary="{quoted}"'}),
        request.stream(),
        max_files=most,
        max_fields=MAX_FIELDS,
        max_part_size=MAX_FIELD_BYTES,
    )
    parser.spool_max_size = 0  # never to disk: `Body` bounds what is in memory
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise Problem("invalid_form", reason=error.message.rstrip(".")) from None
    fields = {key: value for key, value in form.items() if isinstance(value, str)}
    pictures = [
        Picture(content, file.filename)
        for _, file in form.multi_items()
        if isinstance(file, UploadFile) and (content := await file.read())
    ]
    await form.close()
    if not pictures:
        raise Problem("no_file")
    return pictures, fields
