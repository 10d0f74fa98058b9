"""Draw docs/images/read.png: the pictures of examples/ with what digitile reads on them.

python scripts/draw_readings.py      from the repository's root
"""

from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from digitile.pictures import load_picture
from digitile.reader import Reader

CELL, TEXT, COLUMNS, GAP = 170, 34, 6, 8
ORDER = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "blank"]


def main() -> None:
    """Write the picture."""
    reader = Reader.load()
    paths = sorted(Path("examples").iterdir(), key=lambda p: ORDER.index(p.stem.split("-")[0]))
    rows = -(-len(paths) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * (CELL + GAP) + GAP, rows * (CELL + TEXT + GAP)), "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(20)
    for place, path in enumerate(paths):
        pixels = load_picture(path)
        lines = reader.read(pixels).lines
        picture = Image.fromarray(pixels)
        scale = CELL / max(picture.size)
        picture = picture.resize((round(scale * picture.width), round(scale * picture.height)))
        x = GAP + place % COLUMNS * (CELL + GAP) + (CELL - picture.width) // 2
        y = place // COLUMNS * (CELL + TEXT + GAP) + GAP + (CELL - picture.height) // 2
        sheet.paste(picture, (x, y))
        text = "no digit"
        for digit in (digit for line in lines for digit in line.digits):
            box = digit.box
            left, top = x + round(scale * box.x), y + round(scale * box.y)
            right, bottom = left + round(scale * box.width), top + round(scale * box.height)
            draw.rectangle((left, top, right, bottom), outline=(220, 60, 30), width=2)
        if lines:
            text = f"{lines[0].text}   {100 * lines[0].confidence:.1f} %"
        below = y + (CELL + picture.height) // 2 + 6
        draw.text((x + picture.width / 2, below), text, font=font, fill="black", anchor="mt")
    Path("docs/images").mkdir(exist_ok=True)
    sheet.save("docs/images/read.png", optimize=True)


if __name__ == "__main__":
    main()
