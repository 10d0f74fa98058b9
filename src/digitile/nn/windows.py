"""Sliding windows, the shared geometry of convolution and pooling, and their adjoint."""

from digitile.nn.arrays import add_at, namespace
from digitile.nn.layer import Array


def unfold(x: Array, kernel_size: int, stride: int, dilation: int = 1) -> Array:
    """Return every window of x.

    ``windows[n, c, i, j, u, v] = x[n, c, u·stride + i·dilation, v·stride + j·dilation]``

    Parameters
    ----------
    x : ndarray, N×C×H×W
    kernel_size : int
        Values of a window along each side, K.
    stride, dilation : int
        The steps between windows and between the values of one, in pixels.

    Returns
    -------
    ndarray, N×C×K×K×Ho×Wo
        Ho = ⌊(H − dilation·(K − 1) − 1)/stride⌋ + 1.
    """
    n, c, height, width = x.shape
    extent = dilation * (kernel_size - 1) + 1
    ho, wo = ((side - extent) // stride + 1 for side in (height, width))
    taps = [
        x[:, :, _steps(i * dilation, ho, stride), _steps(j * dilation, wo, stride)]
        for i in range(kernel_size)
        for j in range(kernel_size)
    ]
    windows: Array = namespace(x).stack(taps, axis=2)
    return windows.reshape(n, c, kernel_size, kernel_size, ho, wo)


def fold(windows: Array, height: int, width: int, stride: int, dilation: int = 1) -> Array:
    """Add every window back to where `unfold` took it from: unfold's transpose.

    Parameters
    ----------
    windows : ndarray, N×C×K×K×Ho×Wo
    height, width : int
        H and W of the array that was unfolded.
    stride, dilation : int
        As there.

    Returns
    -------
    ndarray, N×C×H×W
    """
    n, c, k, _, ho, wo = windows.shape
    x: Array = namespace(windows).zeros((n, c, height, width), dtype=windows.dtype)
    for i in range(k):
        for j in range(k):
            rows, columns = _steps(i * dilation, ho, stride), _steps(j * dilation, wo, stride)
            x = add_at(x, (slice(None), slice(None), rows, columns), windows[:, :, i, j])
    return x


def _steps(start: int, count: int, stride: int) -> slice:
    """Return `count` pixels from `start`, `stride` apart."""
    return slice(start, start + stride * (count - 1) + 1, stride)
