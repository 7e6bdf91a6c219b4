"""`python -m mtkit`"""

from mtkit.cli import main

main()
