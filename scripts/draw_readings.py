"""Draw docs/images/read.png: pictures of examples/ with what digitile reads on them.

python scripts/draw_readings.py      from the repository's root
"""

from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from digitile.pictures import load_picture
from digitile.reader import Reader

HEIGHT, TEXT, GAP = 160, 34, 8
ROWS = [
    ["postal-code", "amount", "two"],
    ["date", "lines", "six"],
    ["phone", "blackboard"],
    ["zero", "one", "three", "four", "seven", "nine"],
]
"""How the names of the pictures begin; each row is spread over the width of the widest."""


def read(reader: Reader, path: Path) -> tuple[Image.Image, str]:
    """Return a picture with its digits boxed, and what was read."""
    pixels = load_picture(path)
    picture = Image.fromarray(pixels.squeeze())
    scale = HEIGHT / picture.height
    picture = picture.convert("RGB").resize((round(scale * picture.width), HEIGHT))
    draw = ImageDraw.Draw(picture)
    lines = reader.read(pixels).lines
    for box in (digit.box for line in lines for digit in line.digits):
        corners = (box.x, box.y, box.x + box.width, box.y + box.height)
        draw.rectangle([round(scale * v) for v in corners], outline=(220, 60, 30), width=2)
    text = " / ".join(" ".join(line.groups) for line in lines)
    return picture, f"{text}   {100 * min(line.confidence for line in lines):.1f} %"


def main() -> None:
    """Write the picture."""
    reader = Reader.load()
    rows = [
        [read(reader, next(Path("examples").glob(f"{name}-*"))) for name in names] for names in ROWS
    ]
    width = max(sum(picture.width + GAP for picture, _ in row) for row in rows) - GAP
    sheet = Image.new("RGB", (width, len(rows) * (HEIGHT + TEXT)), "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(20)
    for number, row in enumerate(rows):
        gap = (width - sum(picture.width for picture, _ in row)) / max(len(row) - 1, 1)
        x, y = 0.0, number * (HEIGHT + TEXT)
        for picture, text in row:
            sheet.paste(picture, (round(x), y))
            middle = x + picture.width / 2
            draw.text((middle, y + HEIGHT + 6), text, font=font, fill="black", anchor="mt")
            x += picture.width + gap
    Path("docs/images").mkdir(exist_ok=True)
    sheet.quantize(256).save("docs/images/read.png", optimize=True)


if __name__ == "__main__":
    main()
