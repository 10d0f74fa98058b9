"""How many files the server may have open; each connection is one."""

import sys

from digitile.errors import UsageError
from digitile.web.protocol import MOST_CONNECTIONS

BACKLOG = 2048
"""Connections that are taken in one go, before any of them can be cut off; uvicorn's default."""

OTHERS = 64
"""Files besides connections: 21 were open with two processes that read, and a training takes 8."""

WANTED = BACKLOG + MOST_CONNECTIONS + OTHERS


def allow_open_files() -> None:
    """Let this process have as many files open as it may need, or as the system allows.

    Raises
    ------
    UsageError
        Where that is not enough for the server itself.
    """
    if sys.platform == "win32":  # which has no such limit
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    without = resource.RLIM_INFINITY
    if soft == without or soft >= WANTED:
        return
    most = WANTED if hard == without else min(WANTED, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    if most < OTHERS:
        raise UsageError(
            f"the server may have {most} files open, connections included, but needs at least "
            f"{OTHERS}. Raise the limit: ulimit -n {WANTED}"
        )
