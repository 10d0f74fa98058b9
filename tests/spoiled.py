"""Files that something has changed on their way."""

from hypothesis import strategies as st


@st.composite
def changed(draw: st.DrawFn, content: bytes, most: int = 6) -> bytes:
    """Return a file with 1 to `most` of its bytes replaced."""
    spoiled = bytearray(content)
    for _ in range(draw(st.integers(1, most))):
        spoiled[draw(st.integers(0, len(spoiled) - 1))] = draw(st.integers(0, 255))
    return bytes(spoiled)
