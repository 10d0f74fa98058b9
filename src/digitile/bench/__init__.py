"""How fast it is here: our engines beside each other and beside other frameworks."""

from digitile.extras import require

require("train", "numba")
