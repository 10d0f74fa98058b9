"""Draw docs/images/read.png: the pictures of examples/ with what digitile reads on them.

python scripts/draw_readings.py      from the repository's root
"""

from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from digitile.model import bundled_model, load_model
from digitile.pictures import load_picture
from digitile.reader import read_digit

CELL, TEXT, COLUMNS, GAP = 170, 34, 6, 8
ORDER = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "blank"]


def main() -> None:
    """Write the picture."""
    model = load_model(bundled_model())
    paths = sorted(Path("examples").iterdir(), key=lambda p: ORDER.index(p.stem.split("-")[0]))
    rows = -(-len(paths) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * (CELL + GAP) + GAP, rows * (CELL + TEXT + GAP)), "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(20)
    for place, path in enumerate(paths):
        pixels = load_picture(path)
        reading = read_digit(pixels, model)
        picture = Image.fromarray(pixels)
        scale = CELL / max(picture.size)
        picture = picture.resize((round(scale * picture.width), round(scale * picture.height)))
        x = GAP + place % COLUMNS * (CELL + GAP) + (CELL - picture.width) // 2
        y = place // COLUMNS * (CELL + TEXT + GAP) + GAP + (CELL - picture.height) // 2
        sheet.paste(picture, (x, y))
        text = "no digit"
        if reading.box is not None:
            left, top, right, bottom = (round(scale * side) for side in reading.box)
            draw.rectangle(
                (x + left, y + top, x + right, y + bottom), outline=(220, 60, 30), width=2
            )
            text = f"{reading.digit}   {100 * reading.confidence:.1f} %"
        below = y + (CELL + picture.height) // 2 + 6
        draw.text((x + picture.width / 2, below), text, font=font, fill="black", anchor="mt")
    Path("docs/images").mkdir(exist_ok=True)
    sheet.save("docs/images/read.png", optimize=True)


if __name__ == "__main__":
    main()
