"""Reads handwritten digits, and trains the networks that read them."""
