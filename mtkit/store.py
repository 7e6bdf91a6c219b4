"""Sentence pairs as ids in files, so that memory does not grow with the corpus.

Two files: `ids` holds, for each pair, the number of source pieces, these, and the target pieces;
`offsets` where each pair begins, and where the last one ends.  The offsets are mapped into memory,
8 bytes a pair.  The ids are read as they are asked for: pages of a mapping that were touched once
count as memory of the process, and an epoch touches all of them.
"""

from __future__ import annotations

import mmap
import os
import weakref
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Literal

from mtkit.batches import EncodedPair, all_too_long
from mtkit.bitext import Pair, all_empty, is_whole
from mtkit.config import BOS, EOS
from mtkit.tokenizer import Tokenizer

IDS, OFFSETS = "ids", "offsets"
CHUNK = 4096  # pairs that are encoded together
CODES: dict[int, Literal["H", "I"]] = {
    16: "H",
    32: "I",
}  # of array and memoryview, by the bits of an id


class Store(Sequence[EncodedPair]):
    """Sentence pairs as ids in a file, of which `write_store` tells the values."""

    def __init__(self, folder: Path, values: Mapping[str, int]) -> None:
        self.pairs, self.bits = values["pairs"], values["bits"]
        self.empty, self.too_long = values["empty"], values["too_long"]  # pairs left out
        self._file = os.open(folder / IDS, os.O_RDONLY)
        weakref.finalize(self, os.close, self._file)
        with (folder / OFFSETS).open("rb") as stream:
            mapped = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        self._offsets = memoryview(mapped).cast("Q")

    def __len__(self) -> int:
        return self.pairs

    def __getitem__(self, row: int) -> EncodedPair:  # type: ignore[override]  # no slices
        if not 0 <= row < self.pairs:
            raise IndexError(row)
        start, end, size = self._offsets[row], self._offsets[row + 1], self.bits // 8
        content = os.pread(self._file, (end - start) * size, start * size)
        length, *ids = memoryview(content).cast(CODES[self.bits]).tolist()
        return EncodedPair([*ids[:length], EOS], [BOS, *ids[length:], EOS])


@dataclass
class Written:
    """What a writer has done so far."""

    pairs: int = 0
    empty: int = 0
    too_long: int = 0
    ids: int = 0  # numbers in the file of ids


def write_store(
    folder: Path, pairs: Iterable[Pair], tokenizer: Tokenizer, longest: int, name: str
) -> dict[str, int]:
    """Encode the pairs into two files of an empty folder, and return what `Store` needs to know.

    Left out and counted are pairs with an empty side or of more than `longest` positions.
    name: what to call the set in an error.  Errors: MtkitError if no pair is left.
    """
    bits = 16 if max(tokenizer.vocab_size, longest) <= 2**16 else 32
    written, pairs = Written(), iter(pairs)
    with (folder / IDS).open("wb") as ids, (folder / OFFSETS).open("wb") as offsets:
        array("Q", [0]).tofile(offsets)
        while chunk := list(islice(pairs, CHUNK)):
            ends, found = array("Q"), array(CODES[bits])
            for row in encoded_rows(chunk, tokenizer, longest, written):
                found.extend(row)
                ends.append(written.ids + len(found))
            written.ids += len(found)
            written.pairs += len(ends)
            found.tofile(ids)
            ends.tofile(offsets)
    if not written.pairs and not written.too_long:
        raise all_empty(written.empty, name)
    if not written.pairs:
        raise all_too_long(written.too_long, longest, name)
    values = {"pairs": written.pairs, "empty": written.empty, "too_long": written.too_long}
    return values | {"bits": bits}


def encoded_rows(
    chunk: Sequence[Pair], tokenizer: Tokenizer, longest: int, written: Written
) -> Iterator[list[int]]:
    """For each pair that is kept: the number of source pieces, these, and the target pieces."""
    whole = [pair for pair in chunk if is_whole(pair)]
    written.empty += len(chunk) - len(whole)
    sources, targets = (tokenizer.encode_lines([pair[side] for pair in whole]) for side in (0, 1))
    for source, target in zip(sources, targets, strict=True):
        if max(len(source), len(target)) < longest:  # an end mark is still to come
            yield [len(source), *source, *target]
        else:
            written.too_long += 1
