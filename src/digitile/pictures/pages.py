"""From a picture file, which may be broken or hostile, to an array of pixels.

Pillow decodes, held to a list of formats; size and pixels are checked before anything is decoded.
PDF and HEIF have libraries of their own.
"""

import ctypes
import io
import os
import stat
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError, _imaging

from digitile.errors import PictureError, ShapeError, UsageError
from digitile.files import write_atomically
from digitile.pictures import heif, pdf

FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM", "AVIF")
"""Formats Pillow may decode here; AVIF only where Pillow was built with it."""

MAX_BYTES = 200_000_000
"""Files above this size are not read."""

MAX_PIXELS = 50_000_000
"""Most pixels of a picture, where nothing else is said."""

MAX_SIDE = 32_767
"""Most pixels in a row or column; image libraries count them in 16 bits."""

MAX_SCANS = 200
"""Most passes over a JPEG: each costs as much time as the picture is large, and few bytes."""

PICTURE_SUFFIXES: frozenset[str] = frozenset(
    suffix for suffix, kind in Image.registered_extensions().items() if kind in FORMATS
).union(heif.SUFFIXES)
"""Lower-case suffixes, with their dot, of the pictures `load_picture` reads."""

READ_SUFFIXES = PICTURE_SUFFIXES | {".pdf"}
"""Of all files that `load_pages` reads."""

ENOUGH_PIXELS = 12_000_000
"""`load_pages` scales larger pictures down to this many pixels or fewer."""

MAX_PAGES = 200
"""Most pages of one file."""

Source = str | PathLike[str] | bytes | NDArray[np.uint8] | Image.Image
"""A file's path, the content of one, pixels (uint8, H×W, H×W×1 gray, H×W×3 RGB or H×W×4 RGBA), or a
Pillow picture."""

_SIGNATURES = ((b"<svg", "an SVG drawing"),)
_REDUCIBLE = ("L", "RGB", "RGBA", "CMYK", "YCbCr")  # modes that Pillow can average
# EXIF orientation → (rows and columns swapped, then step through rows, step through columns)
_TURNS = {
    2: (False, 1, -1),
    3: (False, -1, -1),
    4: (False, -1, 1),
    5: (True, 1, 1),
    6: (True, 1, -1),
    7: (True, -1, -1),
    8: (True, -1, 1),
}
# Python's warning filters belong to the whole process: two threads that change and restore them
# at the same time would leave Pillow's warnings off for good.
_WARNINGS_LOCK = threading.Lock()


def load_picture(
    source: str | PathLike[str] | bytes, *, max_pixels: int = MAX_PIXELS
) -> NDArray[np.uint8]:
    """Decode a picture: the first frame, turned upright as its EXIF block says.

    A broken EXIF block counts as none. 16-bit pictures lose their low bits; those of 32-bit or
    floating point pixels are stretched from their own minimum and maximum to 0 … 255.

    Raises `PictureError` for what is missing, not a regular file, empty, too large, broken or of no
    known format.

    Parameters
    ----------
    source : path-like or bytes
        The path of a regular file, or the content of one.
    max_pixels : int
        The most pixels the picture may have. Pillow's own bound, about 179 million, stays.

    Returns
    -------
    ndarray, uint8, H×W×1 (gray), H×W×3 (RGB) or H×W×4 (RGBA, not premultiplied)
    """
    content, name = _content(source)
    return _decode(content, name, max_pixels)[0].pixels


@dataclass(frozen=True, eq=False)
class Page:
    """One page of a picture."""

    pixels: NDArray[np.uint8]  # H×W×1 (gray), H×W×3 (RGB) or H×W×4 (RGBA)
    # of the page before it was scaled down
    width: int
    height: int


def load_pages(source: Source, *, max_pixels: int = MAX_PIXELS) -> Iterator[Page]:
    """Decode every page of a TIFF or PDF, the first frame of all else, one after the other.

    Pages of a PDF are drawn with 300 dots an inch, or fewer where that is more than ENOUGH_PIXELS.

    Raises `PictureError` as `load_picture`, and for more than MAX_PAGES pages; `ShapeError` for an
    array that is no picture.

    Parameters
    ----------
    source : path-like, bytes, ndarray or Pillow picture
        A file or its content is decoded as by `load_picture`.
    max_pixels : int
        The most pixels a page may have; of more than ENOUGH_PIXELS, it is scaled down.
    """
    if isinstance(source, Image.Image):
        _check_size(source.size, "the picture", max_pixels)
        yield _enough(_upright(_pixels(source), source))
        return
    if isinstance(source, np.ndarray):
        yield _enough(_as_picture(source))
        return
    content, name = _content(source)
    page, pages = _decode(content, name, max_pixels, ENOUGH_PIXELS)
    if pages > MAX_PAGES:
        raise PictureError(f"{name} has {pages} pages, but at most {MAX_PAGES} are read. Split it.")
    yield page
    for index in range(1, pages):
        yield _decode(content, name, max_pixels, ENOUGH_PIXELS, index)[0]


def write_picture(path: str | PathLike[str], pixels: NDArray[np.uint8]) -> None:
    """Write a picture file, atomically, of the format that the end of its name says.

    Raises `UsageError` for a name that ends in no format, and where the file cannot be written.

    Parameters
    ----------
    pixels : ndarray, uint8, H×W or H×W×3 (RGB)
    """
    path, content = Path(path), io.BytesIO()
    try:
        kind = Image.registered_extensions()[path.suffix.lower()]
        Image.fromarray(pixels).save(content, kind)
    except (KeyError, OSError, ValueError):
        raise UsageError(
            f"cannot write {path}: no format of pictures has its name's ending. "
            "Give a name ending in .png."
        ) from None
    write_atomically(path, content.getvalue())


def _as_picture(array: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return an array with its channels last, if it is a picture."""
    shaped = array[:, :, None] if array.ndim == 2 else array
    if array.dtype != np.uint8 or shaped.ndim != 3 or shaped.shape[2] not in (1, 3, 4):
        raise ShapeError(
            f"a picture is uint8, H×W, H×W×1, H×W×3 or H×W×4, but this array is {array.dtype}, "
            f"{'×'.join(map(str, array.shape))}. Reshape and scale it."
        )
    if shaped.size == 0:
        raise ShapeError(f"the picture has no pixels: {'×'.join(map(str, array.shape))}.")
    return shaped


def _enough(pixels: NDArray[np.uint8]) -> Page:
    """Return pixels as a page, every second or so of them where there are too many."""
    height, width = pixels.shape[:2]
    step = int(np.ceil((height * width / ENOUGH_PIXELS) ** 0.5))
    return Page(pixels[::step, ::step], width, height)


def _content(source: str | PathLike[str] | bytes) -> tuple[bytes, str]:
    """Return what is to be decoded, and what to call it in messages."""
    if isinstance(source, bytes):
        name, content = f"the picture of {len(source)} bytes", source
        if len(content) > MAX_BYTES:
            raise PictureError(_too_many_bytes(name, len(content)))
    else:
        name = repr(os.fspath(source))  # repr keeps line breaks and broken names in one line
        content = _read(Path(source), name)
    if not content:
        raise PictureError(f"{name} is empty. Give a picture file.")
    return content, name


def _read(path: Path, name: str) -> bytes:
    """Return the content of a regular file of bounded size; opens nothing that could block."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            kind = "a folder" if stat.S_ISDIR(status.st_mode) else "no regular file"
            raise PictureError(f"{name} is {kind}. Give a picture file.")
        if status.st_size > MAX_BYTES:
            raise PictureError(_too_many_bytes(name, status.st_size))
        with path.open("rb") as file:
            return file.read(status.st_size)
    except FileNotFoundError:
        raise PictureError(f"{name} does not exist. Check the path.") from None
    except (OSError, ValueError) as error:  # ValueError: a zero character in the path
        reason = getattr(error, "strerror", None) or error
        raise PictureError(f"{name} cannot be read: {reason}.") from error


def _decode(
    content: bytes, name: str, max_pixels: int, enough: int | None = None, index: int = 0
) -> tuple[Page, int]:
    """Return a page of a picture file's content, and how many there are to read.

    A page of more than `enough` pixels is scaled down, where that can be done while decoding.
    """
    if pdf.is_pdf(content):
        most = min(max_pixels, enough or ENOUGH_PIXELS)
        pixels, pages = pdf.draw_page(content, name, index, most, MAX_SIDE)
        return Page(pixels, pixels.shape[1], pixels.shape[0]), pages
    with _WARNINGS_LOCK, warnings.catch_warnings(), _libtiff_silent():
        warnings.simplefilter("ignore")
        return _decode_quietly(content, name, max_pixels, enough, index)


@contextmanager
def _libtiff_silent() -> Iterator[None]:
    """Keep libtiff, which Pillow calls, from writing what is wrong to the standard error stream.

    Pillow has no switch for it. Where libtiff is no shared library, it goes on writing.
    """
    library = ctypes.CDLL(_imaging.__file__)  # loaded already; its symbols include libtiff's
    handlers = ("TIFFSetErrorHandler", "TIFFSetWarningHandler")
    setters = [getattr(library, name) for name in handlers if hasattr(library, name)]
    for setter in setters:
        setter.argtypes, setter.restype = [ctypes.c_void_p], ctypes.c_void_p
    before = [setter(None) for setter in setters]
    try:
        yield
    finally:
        for setter, handler in zip(setters, before, strict=True):
            setter(handler)


def _decode_quietly(
    content: bytes, name: str, max_pixels: int, enough: int | None, index: int
) -> tuple[Page, int]:
    try:
        with _opened(content, name) as image:
            _check_size(image.size, name, max_pixels)
            if content.startswith(b"\xff\xd8") and content.count(b"\xff\xda") > MAX_SCANS:
                raise PictureError(f"{name} is a JPEG of more than {MAX_SCANS} scans. Save it new.")
            pages = int(getattr(image, "n_frames", 1)) if enough and image.format == "TIFF" else 1
            if index:
                image.seek(index)
                _check_size(image.size, name, max_pixels)
            size = image.size
            step = 1 if enough is None else int(np.ceil((size[0] * size[1] / enough) ** 0.5))
            if step > 1:
                image.draft(None, (size[0] // step, size[1] // step))
            image.load()
            _check_size(image.size, name, max_pixels)
            step = 1 if enough is None else int(np.ceil((np.prod(image.size) / enough) ** 0.5))
            smaller = image.reduce(step) if step > 1 and image.mode in _REDUCIBLE else image
            pixels = _upright(_pixels(smaller), image)
            turned = pixels.shape[:2] != (smaller.height, smaller.width)
            width, height = size[::-1] if turned else size
            return Page(pixels, width, height), pages
    except PictureError:
        raise
    except UnidentifiedImageError as error:
        raise PictureError(_unknown_format(content, name)) from error
    except Image.DecompressionBombError as error:
        raise PictureError(
            f"{name} has far too many pixels: at most {max_pixels} are read. Make it smaller."
        ) from error
    except Exception as error:  # on broken data Pillow raises nearly every kind
        raise PictureError(
            f"{name} is broken or cut short: {_one_line(error)}. Save or copy it again."
        ) from error


def _opened(content: bytes, name: str) -> Image.Image:
    """Open a picture file; nothing is decoded yet."""
    if heif.is_heif(content):
        return heif.open_heif(content, name)
    known = set(Image.registered_extensions().values())
    return Image.open(io.BytesIO(content), formats=[kind for kind in FORMATS if kind in known])


def _check_size(size: tuple[int, int], name: str, max_pixels: int) -> None:
    width, height = size
    if min(size) < 1:
        raise PictureError(f"{name} has no pixels: it is {width}×{height}.")
    if width * height > max_pixels or max(size) > MAX_SIDE:
        raise PictureError(
            f"{name} has {width}×{height} pixels, but at most {max_pixels} pixels and {MAX_SIDE} "
            "a side are read. Make it smaller."
        )


def _pixels(image: Image.Image) -> NDArray[np.uint8]:
    """Return the pixels of a decoded picture of any mode, H×W×1, H×W×3 or H×W×4."""
    if image.mode.startswith("I;16") or (image.mode == "I" and image.format == "PPM"):
        return (np.asarray(image) >> 8).astype(np.uint8)[:, :, None]
    if image.mode in ("I", "F"):
        return _stretched(np.asarray(image))[:, :, None]
    if image.mode == "LAB":
        return np.asarray(image.getchannel(0))[:, :, None]
    if image.has_transparency_data:
        return np.array(image.convert("RGBA"))
    if image.mode in ("1", "L"):
        return np.array(image.convert("L"))[:, :, None]
    return np.array(image.convert("RGB"))


def _stretched(values: NDArray[np.number]) -> NDArray[np.uint8]:
    """Return values of no known range, H×W, stretched to 0 … 255; what is not finite is 0."""
    wide: NDArray[np.float64] = values.astype(np.float64)
    finite = np.isfinite(wide)
    if not finite.any():
        return np.zeros(wide.shape, np.uint8)
    low, high = wide[finite].min(), wide[finite].max()
    wide = (np.where(finite, wide, low) - low) / max(high - low, np.finfo(np.float64).tiny)
    return np.rint(255 * wide).astype(np.uint8)


def _upright(pixels: NDArray[np.uint8], image: Image.Image) -> NDArray[np.uint8]:
    """Return the pixels turned and flipped as the picture's EXIF block says."""
    try:
        swap, down, right = _TURNS.get(image.getexif().get(0x0112, 1), (False, 1, 1))
    except Exception:  # a broken block says nothing; viewers ignore it as well
        swap, down, right = False, 1, 1
    if swap:
        pixels = pixels.swapaxes(0, 1)
    return np.ascontiguousarray(pixels[::down, ::right])


def _unknown_format(content: bytes, name: str) -> str:
    head = content[:1024].lower()
    kind = next((kind for mark, kind in _SIGNATURES if mark.lower() in head), None)
    found = f"is {kind}" if kind else "is of no known picture format, or cut short"
    return f"{name} {found}. Give one of: {', '.join(FORMATS)}, HEIF, PDF."


def _too_many_bytes(name: str, size: int) -> str:
    return f"{name} has {size} bytes, but at most {MAX_BYTES} are read. Make it smaller."


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__
