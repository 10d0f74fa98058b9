"""What a client has sent; apart from `body`, so that workers need not load an HTTP library."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Upload:
    """A picture as it was sent.

    Attributes
    ----------
    content : bytes
        Its file.
    name : str or None
        What the client calls it.
    words : dict of str to str
        The query's parameters, and the form's.
    """

    content: bytes
    name: str | None = None
    words: dict[str, str] = field(default_factory=dict)
