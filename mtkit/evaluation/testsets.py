"""Test sets by their names, as sacrebleu knows, fetches and keeps them ($SACREBLEU)."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

from sacrebleu.dataset import DATASETS
from sacrebleu.dataset.base import Dataset
from sacrebleu.utils import SACREBLEU_DIR, get_md5sum, get_reference_files, get_source_file

from mtkit.bitext import read_lines
from mtkit.errors import MtkitError


def named_set(name: str, pair: str) -> tuple[list[str], list[list[str]]]:
    """The source and the references of a test set such as wmt14/full, downloaded if need be.

    Errors: MtkitError for an unknown name or pair, without a network, and for damaged files.
    """
    dataset = known(name, pair)
    damaged = MtkitError(
        f"sacrebleu's copy of `{name}` is damaged",
        f"remove it, and it is fetched again: rm -r {Path(SACREBLEU_DIR) / name}",
    )
    check_archives(dataset, damaged)
    try:
        with silent():
            files = [get_source_file(name, pair), *get_reference_files(name, pair)]
    except SystemExit as error:  # sacrebleu's way to say that a checksum is wrong
        raise damaged from error
    except OSError as error:
        raise MtkitError(
            f"the test set `{name}` cannot be downloaded: {error}",
            f"check the network; or put it into `{SACREBLEU_DIR}` as sacrebleu lays it out "
            f"(elsewhere: sacrebleu --test-set {name} --language-pair {pair} --echo src)",
        ) from error
    source, *references = [read_lines(Path(file)) for file in files]
    if not source or any(len(lines) != len(source) for lines in references):
        raise damaged
    return source, references


def known(name: str, pair: str) -> Dataset:
    """Errors: MtkitError for a name or a pair that sacrebleu does not know."""
    if name not in DATASETS:
        near = get_close_matches(name, DATASETS, n=5, cutoff=0.4) or ["wmt14/full", "multi30k/2016"]
        raise MtkitError(
            f"sacrebleu knows no test set `{name}`",
            f"did you mean {', '.join(near)}?  All of them: sacrebleu --list",
        )
    dataset = DATASETS[name]
    if pair not in dataset.langpairs:
        raise MtkitError(
            f"the test set `{name}` has no pair {pair}",
            f"it has {', '.join(dataset.langpairs)}: name one with --pair",
        )
    return dataset


def check_archives(dataset: Dataset, damaged: MtkitError) -> None:
    """sacrebleu looks at a checksum only once, after the download; so do we, each time."""
    for url, expected in zip(dataset.data or (), dataset.md5 or (), strict=False):
        archive = Path(dataset._rawdir) / dataset._get_tarball_filename(url)
        if expected and archive.is_file() and get_md5sum(archive) != expected:
            raise damaged


@contextlib.contextmanager
def silent() -> Iterator[None]:
    """Without sacrebleu's own messages: what went wrong is told once."""
    logger = logging.getLogger("sacrebleu")
    before, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = before
