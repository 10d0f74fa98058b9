"""Sliding windows, the shared geometry of convolution and pooling, and their adjoint."""

from digitile.nn.arrays import add_at, namespace
from digitile.nn.layer import Array


def unfold(x: Array, kernel_size: int, stride: int) -> Array:
    """Return every window of x.

    ``windows[n, c, i, j, u, v] = x[n, c, u·stride + i, v·stride + j]``

    Parameters
    ----------
    x : ndarray, N×C×H×W
    kernel_size, stride : int
        Side of a window and the step between windows, in pixels.

    Returns
    -------
    ndarray, N×C×K×K×Ho×Wo
        Ho = ⌊(H − K)/stride⌋ + 1.
    """
    n, c, height, width = x.shape
    ho, wo = ((side - kernel_size) // stride + 1 for side in (height, width))
    taps = [
        x[:, :, _steps(i, ho, stride), _steps(j, wo, stride)]
        for i in range(kernel_size)
        for j in range(kernel_size)
    ]
    windows: Array = namespace(x).stack(taps, axis=2)
    return windows.reshape(n, c, kernel_size, kernel_size, ho, wo)


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
    x: Array = namespace(windows).zeros((n, c, height, width), dtype=windows.dtype)
    for i in range(k):
        for j in range(k):
            places = (slice(None), slice(None), _steps(i, ho, stride), _steps(j, wo, stride))
            x = add_at(x, places, windows[:, :, i, j])
    return x


def _steps(start: int, count: int, stride: int) -> slice:
    """Return `count` pixels from `start`, `stride` apart."""
    return slice(start, start + stride * (count - 1) + 1, stride)
