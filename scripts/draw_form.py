"""Draw the form of examples/form/: a blank one, and one filled in and photographed.

python scripts/draw_form.py [FOLDER]     the same pictures each time
"""

import sys
from pathlib import Path

import cv2
import numpy as np
from draw_examples import STROKES, Picture, photographed, plain, spline
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 1000, 720
"""A sheet of A5, landscape, at about 120 dots an inch."""

MARK, MARGIN = 26, 40
"""Side of the black squares at the corners, and how far these are from the edges."""

INK = (36, 44, 110)

COMBS = {  # label → left, top, a cell's width and height, cells, what is written there
    "Customer number": (110, 170, 52, 66, 8, "40716253"),
    "Date of birth": (110, 320, 52, 66, 8, "08031990"),
    "Postal code": (600, 170, 52, 66, 6, "430072"),
}
BOXES = {  # label → left, top, width, height, what is written there
    "Amount": (600, 320, 312, 70, "2475"),
    "Meter reading": (110, 470, 416, 80, "30416"),
    "Old meter (leave empty if none)": (600, 470, 312, 80, ""),
}


def blank() -> NDArray[np.uint8]:
    """Return the form as it is printed, H×W×3, RGB."""
    sheet = Image.new("RGB", (WIDTH, HEIGHT), (252, 251, 247))
    draw = ImageDraw.Draw(sheet)
    far = WIDTH - MARGIN - MARK, HEIGHT - MARGIN - MARK
    for x in (MARGIN, far[0]):
        for y in (MARGIN, far[1]):
            draw.rectangle((x, y, x + MARK, y + MARK), fill=(10, 10, 10))
    draw.text((110, 60), "Meter card", font=ImageFont.load_default(34), fill=(40, 40, 40))
    small, line = ImageFont.load_default(19), (70, 80, 90)
    for label, (x, y, width, height, cells, _) in COMBS.items():
        draw.text((x, y - 28), label, font=small, fill=(40, 40, 40))
        for cell in range(cells):
            left = x + cell * width
            draw.rectangle((left, y, left + width, y + height), outline=line, width=2)
    for label, (x, y, width, height, _) in BOXES.items():
        draw.text((x, y - 28), label, font=small, fill=(40, 40, 40))
        draw.rectangle((x, y, x + width, y + height), outline=line, width=2)
    return np.array(sheet)


def filled(sheet: NDArray[np.uint8], rng: np.random.Generator) -> Picture:
    """Return a form with digits written on it, H×W×3."""
    fine = cv2.resize(sheet, (4 * WIDTH, 4 * HEIGHT), interpolation=cv2.INTER_NEAREST)
    for x, y, width, height, _, text in COMBS.values():
        for place, digit in enumerate(text):
            _write(fine, digit, x + (place + 0.5) * width, y + height / 2, 0.66 * height, rng)
    for x, y, _, height, text in BOXES.values():
        tall = 0.66 * height
        for place, digit in enumerate(text):
            _write(fine, digit, x + 46 + 0.82 * place * tall, y + height / 2, tall, rng)
    return cv2.resize(fine, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA).astype(float)


def _write(
    fine: NDArray[np.uint8], digit: str, x: float, y: float, tall: float, rng: np.random.Generator
) -> None:
    """Write a digit with its middle at x, y."""
    tall *= 1 + rng.normal(0, 0.04)
    across, lean = 0.68 * tall * (1 + rng.normal(0, 0.05)), rng.normal(0.08, 0.04)
    for points in STROKES[digit]:
        shaken = np.array(points) - 0.5 + rng.normal(0, 0.014, (len(points), 2))
        curve = spline([(a, b) for a, b in shaken])
        at = np.column_stack(
            [
                x + across * curve[:, 0] - lean * tall * curve[:, 1],
                y + tall * curve[:, 1] + rng.normal(0, 0.3),
            ]
        )
        cv2.polylines(fine, [np.rint(4 * at).astype(np.int32)], False, INK, 13, cv2.LINE_AA)


def on_a_desk(sheet: Picture, rng: np.random.Generator) -> Picture:
    """Return a photo of a sheet that lies a little askew on a wooden desk."""
    height, width = 960, 1280
    desk = plain((112, 84, 60))(height, width, rng)
    corners = np.array([(0, 0), (WIDTH, 0), (WIDTH, HEIGHT), (0, HEIGHT)], np.float32)
    seen = np.array([(132, 150), (1142, 96), (1190, 846), (98, 872)], np.float32)
    to = cv2.getPerspectiveTransform(corners, seen)
    size = (width, height)
    cover = cv2.warpPerspective(np.ones(sheet.shape[:2]), to, size)[:, :, None]
    laid = cv2.warpPerspective(sheet, to, size, flags=cv2.INTER_CUBIC)
    return photographed(desk * (1 - cover) + laid * cover, 0.0, rng)


def main(folder: Path) -> None:
    """Write both pictures into `folder`."""
    rng = np.random.default_rng(7)
    sheet = blank()
    folder.mkdir(parents=True, exist_ok=True)
    Image.fromarray(sheet).save(folder / "blank.png", optimize=True)
    photo = on_a_desk(filled(sheet, rng), rng)
    photo += rng.normal(0, 2.5, photo.shape)  # the camera's noise
    pixels = np.clip(np.rint(photo), 0, 255).astype(np.uint8)
    Image.fromarray(pixels).save(folder / "filled.jpg", quality=88)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "examples/form"))
