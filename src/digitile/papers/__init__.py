"""The papers' experiments as data: run, measured and judged."""
