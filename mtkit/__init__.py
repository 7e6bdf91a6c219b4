"""mtkit: raw parallel text in, a scored translator out."""

__version__ = "0.1.0"
