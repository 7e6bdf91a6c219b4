"""Word vectors from elsewhere, to start the embedding with."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from mtkit.bitext import read_lines
from mtkit.errors import MtkitError
from mtkit.tokenizer import Tokenizer


def set_embeddings(embedding: nn.Embedding, file: Path, tokenizer: Tokenizer) -> int:
    """Give the pieces of a tokenizer the vectors that a file has for them; return how many.

    A word of the file is a piece itself, or the piece that begins a word (`▁` and the word).
    The vectors are scaled together to the standard deviation of the embedding.
    Errors: MtkitError for a file that is not word2vec's text format, or vectors of another size.
    """
    vectors = read_word2vec(file)
    width = len(next(iter(vectors.values())))
    if width != embedding.embedding_dim:
        raise MtkitError(
            f"`{file}` has vectors of {width} numbers, and the model embeddings of "
            f"{embedding.embedding_dim}",
            f"train with --d-model {width}, or make vectors of that size",
        )
    names = {tokenizer.piece(token): token for token in range(4, tokenizer.vocab_size)}
    found: dict[int, Tensor] = {}
    for word, vector in vectors.items():
        token = names.get(word, names.get("▁" + word))
        if token is not None:
            found.setdefault(token, vector)
    if not found:
        raise MtkitError(
            f"no piece of the tokenizer has a vector in `{file}`",
            "are they vectors of another language, or of words in capitals?",
        )
    rows = torch.stack(list(found.values()))
    with torch.no_grad():
        rows = rows / rows.std().clamp(min=1e-9) * embedding.weight.std()
        embedding.weight[list(found)] = rows.to(embedding.weight)
    return len(found)


def read_word2vec(file: Path) -> dict[str, Tensor]:
    """Vectors by word, from word2vec's text format: `count size`, then lines of word and numbers.

    Errors: MtkitError with the line that is wrong.
    """
    header, *lines = read_lines(file) or [""]
    try:
        _, size = map(int, header.split())
    except ValueError as error:
        raise _no_vectors(file, 1, "not `number-of-words size`") from error
    found = {}
    for number, line in enumerate(lines, 2):
        word, *numbers = line.rstrip().split(" ")
        if len(numbers) != size:
            raise _no_vectors(file, number, f"{len(numbers)} numbers, not {size}")
        try:
            found[word] = torch.tensor([float(value) for value in numbers])
        except ValueError as error:
            raise _no_vectors(file, number, str(error)) from error
    if not found:
        raise _no_vectors(file, 2, "no vectors")
    return found


def _no_vectors(file: Path, line: int, reason: str) -> MtkitError:
    return MtkitError(
        f"`{file}`, line {line:,}: {reason}",
        "--init-embeddings takes the text format of word2vec",
    )
