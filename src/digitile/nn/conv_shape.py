"""The sizes of a convolution: of its kernels, its border of zeros, its maps."""

from dataclasses import dataclass
from typing import Literal

from digitile.errors import ShapeError
from digitile.nn.connections import Connections, check_connections, connections_text
from digitile.nn.layer import Layer, Parameter, Shape, maps_shape, require_positive, shape_text

Padding = int | Literal["valid", "same", "full"]


@dataclass(frozen=True)
class ConvShape(Layer):
    """`maps` kernels of side `kernel_size`, moved by `stride` over a zero-padded input.

    Attributes
    ----------
    maps : int
        Output maps O.
    kernel_size, stride : int
        Side of the kernels and step of their movement, in pixels.
    padding : int or "valid", "same", "full"
        Rows and columns of zeros put on every side: none; so many that only the stride makes the
        maps smaller (odd kernels); so many that each kernel reaches every pixel with every tap;
        or a number. (sjtu2025 p. 9 describes "full" as what is here, and everywhere else, "same".)
    connections : tuple of tuple of int, or None
        For each output map the input maps that feed it (wu2016 §1.3.5); None is all of them.
    dilation : int
        How far a kernel's taps lie apart, in pixels (Yu and Koltun 2016 (2)).
    """

    kind = "conv"

    maps: int
    kernel_size: int
    stride: int = 1
    padding: Padding = "valid"
    connections: Connections | None = None
    dilation: int = 1

    def __post_init__(self) -> None:
        require_positive(self, self.maps, self.kernel_size, self.stride, self.dilation)

    def __str__(self) -> str:
        """Return e.g. 6C5, 24C5p2, 12C3s2same, 64C3d2same, 16C5[lenet5]."""
        text = f"{self.maps}C{self.kernel_size}"
        if self.stride != 1:
            text += f"s{self.stride}"
        if self.dilation != 1:
            text += f"d{self.dilation}"
        if isinstance(self.padding, int):
            text += f"p{self.padding}"
        elif self.padding != "valid":
            text += self.padding
        return text if self.connections is None else f"{text}[{connections_text(self.connections)}]"

    @property
    def extent(self) -> int:
        """The side of the square that a kernel's taps span, in pixels: dilation·(K − 1) + 1."""
        return self.dilation * (self.kernel_size - 1) + 1

    @property
    def pad(self) -> int:
        """Zeros on each side, in pixels."""
        if isinstance(self.padding, int):
            return self.padding
        return {"valid": 0, "same": self.extent // 2, "full": self.extent - 1}[self.padding]

    @property
    def reach(self) -> tuple[int, int]:
        """The extent and the stride."""
        return self.extent, self.stride

    def padded_shape(self, shape: Shape) -> Shape:
        """Return (C, H + 2·pad, W + 2·pad)."""
        c, h, w = shape
        return c, h + 2 * self.pad, w + 2 * self.pad

    def output_shape(self, shape: Shape) -> Shape:
        """Return (O, Ho, Wo) with Ho = ⌊(H + 2·pad − extent)/stride⌋ + 1 (wu2016 §1.1.2, (5))."""
        c, h, w = maps_shape(self, shape)
        extent = self.extent
        if self.padding == "same" and self.kernel_size % 2 == 0:
            raise ShapeError(
                f"{self}: padding same needs an odd kernel, so that both sides get as much. "
                "Give the padding as a number, for example p2."
            )
        if min(h, w) + 2 * self.pad < extent:
            raise ShapeError(
                f"{self} needs at least {extent}×{extent} input (padding {self.pad} included), but "
                f"gets {shape_text(shape)}. Use a smaller kernel, less dilation or more padding."
            )
        if self.connections is not None:
            check_connections(self.connections, self, self.maps, c)
        size = [(side + 2 * self.pad - extent) // self.stride + 1 for side in (h, w)]
        return (self.maps, *size)

    def parameters(self, shape: Shape) -> tuple[Parameter, ...]:
        """Return w, O×C×K×K (with a table: kernels×K×K, in its order), and b, O."""
        c, k = shape[0], self.kernel_size
        kernels = self._kernels(c)
        w_shape = (self.maps, c, k, k) if self.connections is None else (kernels, k, k)
        fan_in, fan_out = (max(1, kernels * k * k // side) for side in (self.maps, c))
        w = Parameter("w", w_shape, fan_in, fan_out, self.stride)
        return w, Parameter("b", (self.maps,))

    def _kernels(self, c: int) -> int:
        return self.maps * c if self.connections is None else sum(map(len, self.connections))

    def multiply_adds(self, shape: Shape) -> int:
        """Return kernels·K²·Ho·Wo."""
        _, ho, wo = self.output_shape(shape)
        return self._kernels(shape[0]) * self.kernel_size**2 * ho * wo
