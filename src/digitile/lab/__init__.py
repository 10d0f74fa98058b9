"""The lab: the papers' experiments as data, run, measured and judged."""
