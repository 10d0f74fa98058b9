"""Residual connections: layers that learn what to add to their input (He et al. 2016).

A branch F of one or more layers is followed by `Add`, which gives y = F(x) + x. The network stays
one row of layers, and `branches` tells which of them belong together.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from digitile.errors import ShapeError
from digitile.nn.layer import Array, Layer, Params, Saved, Shape, require_positive, shape_text


@dataclass(frozen=True)
class Add(Layer):
    """The end of a branch F, where its input x is added to what it gives.

    The only layer with two inputs: its row's, F(x), comes as every layer's, and x by `join`.

    Attributes
    ----------
    span : int
        Layers of F, right before this one.
    """

    kind = "add"

    span: int

    def __post_init__(self) -> None:
        require_positive(self, self.span)

    def __str__(self) -> str:
        """Return e.g. +(3 layers); in a network's notation the layers themselves stand there."""
        return f"+({self.span} layer{'s' if self.span != 1 else ''})"

    def check_shapes(self, shape: Shape, earlier: Shape) -> None:
        """Raise `ShapeError` unless F(x), of `shape`, and x, of the shape `earlier`, are equal."""
        if shape != earlier:
            raise ShapeError(
                f"{self} makes {shape_text(shape)} out of {shape_text(earlier)}, but only equal "
                "shapes can be added. Keep the size with padding same and the number of maps."
            )

    def forward(self, x: Array, p: Params, noise: Array | None = None) -> tuple[Array, Saved]:
        """y = F(x) + x (He et al. 2016 (1)); saves nothing.

        Parameters
        ----------
        x : ndarray, N×…
            F(x), the output of the layer before.
        p : dict
            Empty.
        noise : None

        Returns
        -------
        y : ndarray, N×…
            F(x), to which `join` adds x.
        saved : ()
        """
        return x, ()

    def join(self, y: Array, earlier: Array) -> Array:
        """Return F(x) + x, for what `forward` gave and `earlier`, the x of the branch."""
        return y + earlier

    def backward(self, dy: Array, saved: Saved, p: Params) -> tuple[Array, Params]:
        """dF = dy, and dx = dy besides what comes down through F.

        Parameters
        ----------
        dy : ndarray, N×…
        saved : ()
        p : dict

        Returns
        -------
        dx : ndarray, N×…
            dF. The x of the branch gets the same from whoever goes back through the network.
        dp : dict
            Empty.
        """
        return dy, {}


def branches(layers: Sequence[Layer]) -> tuple[int, ...]:
    """Return how many branches begin at each layer.

    Raises
    ------
    ShapeError
        Where a branch would begin before the network, or in the middle of another one.
    """
    begun = [0] * len(layers)
    whole = [0]  # where each branch that an Add may close here could have begun
    for index, layer in enumerate(layers):
        if isinstance(layer, Add):
            first = index - layer.span
            if first < 0:
                raise ShapeError(
                    f"layer {index + 1}, {layer}: only {index} come before it. "
                    "Let the branch begin at the first layer or later."
                )
            if first not in whole:
                raise ShapeError(
                    f"layer {index + 1}, {layer}: its branch begins inside another one, at layer "
                    f"{first + 1}. Let it span that one as a whole."
                )
            begun[first] += 1
            del whole[whole.index(first) + 1 :]
        whole.append(index + 1)
    return tuple(begun)
