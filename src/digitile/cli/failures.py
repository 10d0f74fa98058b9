"""What the machine refuses to a command: a full disk, too little memory, what may not be read."""

import errno
import os
from collections.abc import Mapping

from digitile.errors import UsageError
from digitile.files import FULL

ADVICE: Mapping[int, str] = {
    **dict.fromkeys(FULL, "Free some space, or choose another place."),
    **dict.fromkeys(
        (errno.EACCES, errno.EPERM, errno.EROFS), "Get the permission, or choose another place."
    ),
    **dict.fromkeys(
        (errno.EMFILE, errno.ENFILE), "Let the process have more files open: ulimit -n 1024."
    ),
    **dict.fromkeys(
        (errno.ENOMEM, errno.EAGAIN),
        "Free some memory, or allow more of it (ulimit -v) or more processes (ulimit -u).",
    ),
    errno.ENAMETOOLONG: "Give a shorter path.",
    errno.EIO: "Is the disk broken?",
}
"""What to do, by the system's error number."""

NO_THREAD = "can't start new thread"
"""What Python says where the system starts no thread."""

LONGEST = 200
"""Characters of a path that are shown."""


def told(error: Exception) -> str | None:
    """Return what the machine refuses, in one line; None for any other error."""
    if isinstance(error, OSError) and (advice := ADVICE.get(error.errno or 0)):
        return f"{_place(error)}{error.strerror}. {advice}"
    if isinstance(error, ImportError | SyntaxError):  # what is compiled with too little memory
        return (
            f"a library cannot be loaded ({_first_line(_origin(error))}). Free some memory, or "
            "allow more of it (ulimit -v); if that does not help, install digitile anew."
        )
    if isinstance(error, RuntimeError) and NO_THREAD in str(error):
        return f"{NO_THREAD}. {ADVICE[errno.EAGAIN]}"
    return None


def check_words(words: list[str]) -> None:
    """Refuse words of the command line that are empty, as of a shell's variable that is not set.

    Raises
    ------
    UsageError
    """
    for number, word in enumerate(words, 1):
        name = word.removesuffix("=")
        if not word or (name != word and name.startswith("--") and "=" not in name):
            shown = f"the value of {name}" if name else f"word {number} of the command line"
            raise UsageError(
                f"{shown} is empty. Give a value, or leave it out. Is a variable of the shell not "
                "set?"
            )


def _place(error: OSError) -> str:
    """Return the file that an error names, for the beginning of a line."""
    if error.filename is None:
        return "cannot write: " if error.errno in FULL else ""
    path = os.fsdecode(error.filename) if not isinstance(error.filename, int) else "a file"
    return f"{path if len(path) <= LONGEST else path[:LONGEST] + '…'}: "


def _origin(error: BaseException) -> BaseException:
    """Return the error that led to others; NumPy puts pages of advice around it."""
    return error if error.__cause__ is None else _origin(error.__cause__)


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
