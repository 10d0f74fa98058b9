"""The equations run on any arrays with NumPy's functions: NumPy's own, and JAX's.

A function is taken from the namespace of the arrays it works on (the Python array API standard).
"""

from typing import Any

from numpy.typing import NDArray

from digitile.nn.layer import Array


def namespace(x: NDArray[Any]) -> Any:
    """Return the module of the functions for arrays like x: numpy, jax.numpy."""
    return x.__array_namespace__()


def add_at(x: Array, places: tuple[slice, ...], values: Array) -> Array:
    """Return x with x[places] += values, in place where the array can be changed."""
    if hasattr(x, "at"):  # JAX's arrays are values
        added: Array = x.at[places].add(values, unique_indices=True)
        return added
    x[places] += values
    return x
