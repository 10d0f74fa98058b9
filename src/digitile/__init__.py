"""Reads handwritten digits, and trains the networks that read them."""

from importlib.metadata import version

__version__ = version("digitile")
