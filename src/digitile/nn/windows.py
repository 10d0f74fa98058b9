"""Sliding windows, the shared geometry of convolution and pooling, and their adjoint."""

import numpy as np

from digitile.nn.layer import Array


def unfold(x: Array, kernel_size: int, stride: int) -> Array:
    """Return every window of x, as a view.

    ``windows[n, c, i, j, u, v] = x[n, c, u·stride + i, v·stride + j]``

    Parameters
    ----------
    x : ndarray, N×C×H×W
    kernel_size, stride : int
        Side of a window and the step between windows, in pixels.

    Returns
    -------
    ndarray, N×C×K×K×Ho×Wo
        Read-only view; Ho = ⌊(H − K)/stride⌋ + 1.
    """
    size = (kernel_size, kernel_size)
    windows = np.lib.stride_tricks.sliding_window_view(x, size, axis=(2, 3))
    return windows[:, :, ::stride, ::stride].transpose(0, 1, 4, 5, 2, 3)


def fold(windows: Array, height: int, width: int, stride: int) -> Array:
    """Add every window back to where `unfold` took it from: unfold's transpose.

    Parameters
    ----------
    windows : ndarray, N×C×K×K×Ho×Wo
    height, width : int
        H and W of the array that was unfolded.
    stride : int

    Returns
    -------
    ndarray, N×C×H×W
    """
    n, c, k, _, ho, wo = windows.shape
    x = np.zeros((n, c, height, width), windows.dtype)
    for i in range(k):
        for j in range(k):
            rows = slice(i, i + stride * (ho - 1) + 1, stride)
            cols = slice(j, j + stride * (wo - 1) + 1, stride)
            x[:, :, rows, cols] += windows[:, :, i, j]
    return x
