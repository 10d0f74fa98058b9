"""Training: settings, schedules, the optimiser, the one loop, checkpoints, metrics."""
