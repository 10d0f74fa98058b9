# %% [markdown]
# # Read a photo
#
# What the reader says of a photo, and what its network saw.

# %%
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image

from digitile.reader import Reader

root = next(folder for folder in Path(__file__).parents if (folder / "examples").is_dir())
photo = root / "examples" / "lines-1968-725-30416.jpg"

plt.figure(figsize=(6, 4))
plt.imshow(Image.open(photo))
_ = plt.axis("off")

# %% [markdown]
# ## The answer
#
# The reader is loaded once, and reads any number of pictures. A line has a text, and a confidence:
# how likely the whole line is right. It is accepted if it is more likely right than wrong.

# %%
reader = Reader.load()
reading = reader.read(photo)
for line in reading.lines:
    print(f"{line.text:>6}  {line.confidence:.1%}  {'accepted' if line.accepted else 'uncertain'}")

# %% [markdown]
# Each digit has its place and what else it could have been.

# %%
picture = np.asarray(Image.open(photo).convert("RGB"))
plt.figure(figsize=(6, 4))
plt.imshow(picture)
plt.axis("off")
for line in reading.lines:
    for digit in line.digits:
        box = digit.box
        corner = (box.x, box.y)
        plt.gca().add_patch(plt.Rectangle(corner, box.width, box.height, fill=False, color="C3"))
        plt.text(*corner, digit.digit, color="C3", verticalalignment="bottom")

# %% [markdown]
# ## What the network sees
#
# For each 4×4 pixels, the network says how likely a digit has its centre there. It sees the page
# with even contrast, and here at a size at which these digits are about 25 pixels tall, the size of
# those that it was trained on.

# %%
import cv2

from digitile.contrast import even_contrast
from digitile.engines import make_engine

gray = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
tall = np.median([digit.box.height for line in reading.lines for digit in line.digits])
small = cv2.resize(gray, None, fx=25 / tall, fy=25 / tall, interpolation=cv2.INTER_AREA)
page = even_contrast(small)

model = reader.model
engine = make_engine("reference", model.network)
x = model.preprocess(page[np.newaxis, np.newaxis])
scores = engine.scores(model.theta, x)[0]
seen = 1 - scores[model.classes.index("none")]

_, (above, below) = plt.subplots(2, 1, figsize=(6, 8))
above.imshow(page, cmap="gray")
below.imshow(seen, cmap="magma")
above.set_title("the page with even contrast")
below.set_title("the probability of a digit or mark")
for axis in (above, below):
    axis.set_axis_off()

# %% [markdown]
# Each bright spot is a candidate: it has a probability for each digit and mark, and a box. The
# reader looks at several sizes, follows the lines, and chooses the most likely text among the
# candidates: [one picture, from the file to the
# text](../architecture.md#one-picture-from-the-file-to-the-text).
