"""Is a setting within its range?  If not, an error that names the option and what it may be."""

from __future__ import annotations

from mtkit.errors import MtkitError


def at_least(config: object, least: int, *names: str) -> None:
    for name in names:
        if not getattr(config, name) >= least:
            raise out_of_range(config, name, f"{least} or more")


def fraction(config: object, *names: str) -> None:
    for name in names:
        if not 0 <= getattr(config, name) < 1:
            raise out_of_range(config, name, "at least 0 and below 1")


def one_of(config: object, name: str, *choices: str) -> None:
    if getattr(config, name) not in choices:
        raise out_of_range(config, name, " or ".join(choices))


def out_of_range(config: object, name: str, allowed: str) -> MtkitError:
    option = name.replace("_", "-")
    return MtkitError(
        f"--{option} {getattr(config, name)} is out of range", f"--{option} must be {allowed}"
    )
