"""The processes that train one network together."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


class Team:
    """One process alone, and what several have to offer.

    All take the same steps on the same mini-batches, and each computes its part of them. What
    depends on time or on files is decided by the one that leads.
    """

    @property
    def leads(self) -> bool:
        """Whether this process decides and writes files."""
        return True

    def agreed(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return the leader's `values`, of the same shape and type in all processes."""
        return values

    def agreed_bytes(self, text: bytes) -> bytes:
        """Return the leader's bytes, of any length."""
        length = int(self.agreed(np.array(len(text))))
        padded = text[:length].ljust(length, b"\0")
        return self.agreed(np.frombuffer(padded, np.uint8)).tobytes()
