"""`python -m mtkit`, which is also what `torchrun -m mtkit` runs."""

from mtkit.cli import main

main()
