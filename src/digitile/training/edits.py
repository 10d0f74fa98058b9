"""How far a text that was read is from what is there: digits and marks dropped, added, changed."""

from typing import NamedTuple


class Edits(NamedTuple):
    """The fewest edits that make one text of another."""

    # signs that are there and were not read, that were read and are not there, and that were read
    # as others
    dropped: int
    added: int
    changed: int


def edits(truth: str, text: str) -> Edits:
    """Return the fewest edits from what is there to what was read (Levenshtein 1966).

    Where there are several ways, the one with most signs changed.
    """
    row = [Edits(0, added, 0) for added in range(len(text) + 1)]
    for dropped, there in enumerate(truth, 1):
        above, row = row, [Edits(dropped, 0, 0)]
        for place, read in enumerate(text, 1):
            same, drop, add = above[place - 1], above[place], row[place - 1]
            ways = (
                same._replace(changed=same.changed + (there != read)),
                drop._replace(dropped=drop.dropped + 1),
                add._replace(added=add.added + 1),
            )
            row.append(min(ways, key=lambda way: (sum(way), way.dropped)))
    return row[-1]
