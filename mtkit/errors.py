"""The one exception for a mistake that the user can put right."""

from __future__ import annotations


class MtkitError(Exception):
    """Something the user can put right; `mtkit` prints it as two lines and exits with 1.

    message  what is wrong, and where
    hint     what to do next
    """

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __reduce__(self) -> tuple[type[MtkitError], tuple[str, str]]:
        """Of a subclass, too, this is what another process gets to see."""
        return MtkitError, (self.message, self.hint)
