"""Word vectors from elsewhere, to start the embedding with."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from mtkit.errors import MtkitError
from mtkit.tokenizer import Tokenizer
from mtkit.vectors import WORD_BEGINS, WordVectors
from mtkit.wording import counted


def set_embeddings(embedding: nn.Embedding, file: Path, tokenizer: Tokenizer) -> int:
    """Give the pieces of a tokenizer the vectors that a file has for them; return how many.

    A word of the file is a piece itself, or the piece that begins a word (`▁` and the word).
    The vectors are scaled together to the standard deviation of the embedding.
    Errors: MtkitError for a file that is not word2vec's text format, or vectors of another size.
    """
    vectors = WordVectors.load(file)
    width = vectors.matrix.shape[1]
    if width != embedding.embedding_dim:
        raise MtkitError(
            f"`{file}` has vectors of {counted(width, 'number')}, and the model embeddings of "
            f"{embedding.embedding_dim}",
            f"train with --d-model {width}, or make vectors of that size",
        )
    names = {tokenizer.piece(token): token for token in range(4, tokenizer.vocab_size)}
    found: dict[int, Tensor] = {}
    for word, vector in zip(vectors.words, vectors.matrix, strict=True):
        token = names.get(word, names.get(WORD_BEGINS + word))
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
