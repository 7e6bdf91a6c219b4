"""Write the three-way parallel everyday corpus with the synchronous grammar.

python data/make_everyday.py [--out DIR] [--seed N]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
if str(HERE) not in sys.path:
    sys.path.insert(0, str(HERE))

from grammar.corpus import SEED, generate, write  # noqa: E402


def main() -> None:
    """Read the options, generate, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=HERE / "everyday", help="folder to write to")
    parser.add_argument("--seed", type=int, default=SEED, help="seed of the random choices")
    options = parser.parse_args()
    write(generate(options.seed), options.out)


if __name__ == "__main__":
    main()
