"""mtkit: raw parallel text in, a scored translator out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mtkit.config import SamplingConfig, SearchConfig
    from mtkit.constraints import Constraints
    from mtkit.translator import Translator

__version__ = "0.1.0"
__all__ = ["Constraints", "SamplingConfig", "SearchConfig", "Translator"]


def __getattr__(name: str) -> Any:
    """What `from mtkit import ...` gives is loaded when it is asked for: it needs torch."""
    from importlib import import_module

    homes = dict.fromkeys(("SamplingConfig", "SearchConfig"), "config")
    homes |= {"Constraints": "constraints", "Translator": "translator"}
    if name not in homes:
        raise AttributeError(f"module `mtkit` has no attribute `{name}`")
    return getattr(import_module(f"mtkit.{homes[name]}"), name)
