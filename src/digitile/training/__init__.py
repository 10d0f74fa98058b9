"""Training: from a data set and settings to a model.

Read in this order: `settings`, `schedule`, `chance` (what is drawn, from which seed), `source`
(where pictures come from), `prepare` (which of a data set), `blocks` and `scenes` (drawn while
others are trained on), `augmented`, `progress`, `loop`, `checkpoint`, `metrics`, `calibration`,
and `run`, a training with its files; then `adapt`.
"""
