"""python -m digitile: the command line."""

from digitile.cli import main

main()
