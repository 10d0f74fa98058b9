# %% [markdown]
# # Backpropagation of a convolution, by hand
#
# A convolutional layer has three equations: one forward, two back. Here they are computed for a
# picture of 4×4 pixels, number by number, and compared with `digitile.nn` and with finite
# differences.

# %%
import numpy as np

x = np.array([[1, 2, 0, 1], [0, 1, 3, 1], [2, 0, 1, 0], [1, 1, 0, 2]], dtype=float)
w = np.array([[1, -1], [0, 2]], dtype=float)
b = 0.5

# %% [markdown]
# ## Forward
#
# The kernel $w$ is moved over the picture. At each place, the pixels under it are multiplied by its
# weights and added up:
#
# $$y_{u,v} = \sum_{i,j} x_{u+i,\,v+j} \, w_{i,j} + b$$
#
# A 2×2 kernel fits a 4×4 picture at 3×3 places.

# %%
y = np.zeros((3, 3))
for u in range(3):
    for v in range(3):
        y[u, v] = np.sum(x[u : u + 2, v : v + 2] * w) + b
y

# %% [markdown]
# ## Back
#
# Let $E$ be the error, and let the layers above have told us how it changes with each output,
# $dy = \partial E/\partial y$. We want to know how it changes with each weight, with the bias and
# with each pixel. The chain rule adds up, over all outputs, how much the output changes times how
# much $E$ changes with it.
#
# **The kernel.** $w_{i,j}$ takes part in every output, where it is multiplied by $x_{u+i,v+j}$:
#
# $$dw_{i,j} = \sum_{u,v} \frac{\partial y_{u,v}}{\partial w_{i,j}} \, dy_{u,v}
#   = \sum_{u,v} x_{u+i,\,v+j} \, dy_{u,v}$$
#
# That is the forward equation again, with $dy$ as the kernel.
#
# **The bias** is added to every output, so $db = \sum_{u,v} dy_{u,v}$.

# %%
dy = np.array([[1, 0, -1], [0, 2, 0], [1, 0, 1]], dtype=float)

dw = np.zeros((2, 2))
for i in range(2):
    for j in range(2):
        dw[i, j] = np.sum(x[i : i + 3, j : j + 3] * dy)
db = dy.sum()
dw, db

# %% [markdown]
# **The picture.** The pixel $x_{r,c}$ takes part in those outputs $y_{u,v}$ for which $u + i = r$
# and $v + j = c$, each time multiplied by another weight:
#
# $$dx_{r,c} = \sum_{i,j} w_{i,j} \, dy_{r-i,\,c-j}$$
#
# with $dy = 0$ outside of its 3×3 places. Read the other way round: each output's error is spread
# over the pixels that it came from, in the proportion of the weights. This is how it is computed.

# %%
dx = np.zeros((4, 4))
for u in range(3):
    for v in range(3):
        dx[u : u + 2, v : v + 2] += dy[u, v] * w
dx

# %% [markdown]
# ## The same by the package
#
# `Conv` of `digitile.nn` computes this for many pictures and maps at once. Each window becomes the
# column of a matrix, so that a single product of matrices does the work: $Y = WX + b$,
# $dW = dY \, X^\top$, $dX = W^\top dY$.

# %%
from digitile.nn import Network

network = Network.parse("1x4x4 - 1C2 - 10N - softmax")
conv = network.layers[0]
p = {"w": w[None, None], "b": np.array([b])}
their_y, saved = conv.forward(x[None, None], p)
their_dx, their_dp = conv.backward(dy[None, None], saved, p)

assert np.allclose(their_y[0, 0], y)
assert np.allclose(their_dx[0, 0], dx)
assert np.allclose(their_dp["w"][0, 0], dw)
assert np.allclose(their_dp["b"], db)
conv

# %% [markdown]
# ## Is it right?
#
# Derivatives can be measured. Take $E = \sum_{u,v} dy_{u,v} \, y_{u,v}$, whose derivative by $y$ is
# $dy$. Change one weight a little up and a little down; the difference of the two errors, divided
# by the step, must be $dw$ there. The tests of this package do the same with every layer.


# %%
def error(w: np.ndarray) -> float:
    """Return E for a kernel w."""
    y, _ = conv.forward(x[None, None], {"w": w[None, None], "b": np.array([b])})
    return float(np.sum(dy * y[0, 0]))


step = 1e-5
measured = np.zeros((2, 2))
for place in np.ndindex(2, 2):
    change = np.zeros((2, 2))
    change[place] = step
    measured[place] = (error(w + change) - error(w - change)) / (2 * step)

print("derived\n", dw, "\nmeasured\n", measured.round(6))
assert np.allclose(measured, dw)

# %% [markdown]
# ## In the papers
#
# They print a true convolution, which turns the kernel by 180° first. Theirs is the same layer with
# its kernels stored turned; hence the $\mathrm{rot180}$ in their formulas, and none here.
# [Equations beside code](../equations.md) has their numbers.
