"""What is wrong with a corpus, and where: read as bytes, in blocks, by small checks.

`inspection` asks each check about each block and `report` keeps what they find; `pinning` says
before which lines stand side by side; `display` shows it, and `cleaning` writes a copy without it.
"""
