# %% [markdown]
# # Train a network on scikit-learn's digits and look inside
#
# The 1,797 digits of 8×8 pixels that come with scikit-learn are enough for a small network, which
# learns them in seconds.

# %%
import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from digitile.sklearn import ConvNetClassifier

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)

_, axes = plt.subplots(1, 10, figsize=(8, 1.2))
for digit, axis in enumerate(axes):
    axis.imshow(X[y == digit][0].reshape(8, 8), cmap="gray_r")
    axis.set_axis_off()

# %% [markdown]
# ## The network
#
# One line of text: 8 kernels of 3×3, of each 2×2 values the largest, then ten outputs, one for each
# digit.

# %%
classifier = ConvNetClassifier(
    "1x8x8 - 8C3 - ReLU - MP2 - 10N - softmax", epochs=15, engine="reference", random_state=0
)
classifier.fit(X_train, y_train)
print(f"{classifier.score(X_test, y_test):.1%} of {len(y_test)} test pictures")

# %% [markdown]
# ## What it has learnt
#
# The eight kernels began as random numbers. Blue weights ask for ink, red ones for paper.

# %%
from digitile.nn import Network

network = Network.parse(classifier.network_)
kernels = network.arena.views(classifier.theta_)[0]["w"]
most = np.abs(kernels).max()

_, axes = plt.subplots(1, 8, figsize=(8, 1.3))
for kernel, axis in zip(kernels, axes, strict=True):
    axis.imshow(kernel[0], cmap="RdBu", vmin=-most, vmax=most)
    axis.set_axis_off()

# %% [markdown]
# ## What it sees
#
# A test picture on its way through the layers: each row is the output of a layer, one map beside
# the other.

# %%
from digitile.nn.passes import outputs

x = ((X_test[:1] - classifier.mean_) / classifier.scale_).reshape(1, 1, 8, 8)
passed = [values for values, _ in outputs(network, classifier.theta_, x)]

layers = zip(network.names, passed, strict=True)
shown = [(name, values[0]) for name, values in layers if values.ndim == 4]
_, axes = plt.subplots(len(shown), 8, figsize=(8, 1.1 * len(shown)))
for (name, maps), row in zip(shown, axes, strict=True):
    for one, axis in zip(maps, row, strict=True):
        axis.imshow(one, cmap="gray_r")
        axis.set(xticks=[], yticks=[])
    row[0].set_ylabel(name)

# %% [markdown]
# ## Where it errs

# %%
answers = classifier.predict(X_test)
wrong = np.flatnonzero(answers != y_test)[:8]

_, axes = plt.subplots(1, 8, figsize=(8, 1.6))
for axis in axes:
    axis.set_axis_off()
for place, axis in zip(wrong, axes, strict=False):
    axis.imshow(X_test[place].reshape(8, 8), cmap="gray_r")
    axis.set_title(f"{y_test[place]}, read {answers[place]}", fontsize=8)

# %% [markdown]
# `digitile explain` writes a page like this for any model and picture, with the way back of the
# error.
