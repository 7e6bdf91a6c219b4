"""Translates a sentence, and keeps all that led to the translation."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from mtkit.alignment import word_numbers, word_weights
from mtkit.batches import pad
from mtkit.composer import Composer
from mtkit.config import BOS, EOS, UNK
from mtkit.constraints import Constraints, Wishing
from mtkit.device import autocast
from mtkit.errors import MtkitError
from mtkit.explanation import Branch, Candidate, Explanation, Look, SourcePiece
from mtkit.parts import Part, parts_of
from mtkit.search import Hypothesis, Node, Recorder, beam_search, beam_tree
from mtkit.tokenizer import Tokenizer
from mtkit.translator import Translator


@torch.inference_mode()
def explain(
    translator: Translator, line: str, neighbours: int = 3, candidates: int = 5
) -> Explanation:
    """The first sentence of a line, translated by beam search, and all that led to it.

    neighbours: of each piece; candidates: of each step.  Errors: MtkitError for an empty line, or
    a model that is so damaged that it says nothing.
    """
    model, tokenizer, tags = translator.model, translator.tokenizer, translator.tags
    parts = parts_of(line, tokenizer, translator.positions - 1 - len(tags), by_sentence=True)
    if not parts:
        raise MtkitError("there is no sentence to explain", 'type: mtkit explain "A sentence."')
    part = parts[0]
    ids = [*tags, *part.ids, EOS]
    source = pad([ids]).to(translator.device)
    recorder = Recorder(max(candidates, 2 * translator.config.beam_size))
    best = translated(translator, source, recorder)
    attention = weights_of(translator, source, best)
    pieces = [*map(tokenizer.piece, tags), *part.pieces, tokenizer.piece(EOS)]
    said = [tokenizer.piece(token) for token in (*best.tokens, EOS)]
    aligned = attention["cross"][model.aligning_layer].mean(0) if model.aligns else None
    return Explanation(
        text=part.text,
        translation=text_of(translator, source, part, best),
        score=best.score,
        source=with_neighbours(translator, pieces, ids, neighbours),
        target=said,
        embedding=(len(model.embedding.weight), model.embedding.embedding_dim),
        attention=attention,
        aligning=model.aligning_layer,
        steps=steps_of(recorder, best, candidates, tokenizer),
        beam_size=translator.config.beam_size,
        beam=branches(beam_tree(recorder), tokenizer),
        words=[] if aligned is None else looked_at(translator, len(tags), pieces, said, aligned),
        parts=len(parts),
        cut=part.cut,
    )


def translated(translator: Translator, source: Tensor, recorder: Recorder) -> Hypothesis:
    """source (1, S) -> the best hypothesis.  Errors: MtkitError if there is none."""
    with autocast(translator.device, translator.precision):
        [found] = beam_search(
            translator.model, source, translator.config, translator.positions, recorder=recorder
        )
    if not found:
        raise MtkitError(
            "the model says nothing: what it holds probable are no numbers",
            "its weights are damaged: train it again, at a lower --learning-rate",
        )
    return found[0]


def weights_of(translator: Translator, source: Tensor, best: Hypothesis) -> dict[str, list[Tensor]]:
    """source (1, S) -> by kind, for each layer who looks where (H, T, S)"""
    target = pad([[BOS, *best.tokens]]).to(translator.device)
    with autocast(translator.device, translator.precision):
        weights = translator.model.attention_weights(source, target)
    return {kind: [layer[0].float().cpu() for layer in layers] for kind, layers in weights.items()}


def with_neighbours(
    translator: Translator, pieces: Sequence[str], ids: Sequence[int], count: int
) -> list[SourcePiece]:
    near = nearest(translator.model.embedding.weight, ids, count)
    named = [[(translator.tokenizer.piece(n), cosine) for n, cosine in found] for found in near]
    return list(map(SourcePiece, pieces, ids, named))


def text_of(translator: Translator, source: Tensor, part: Part, best: Hypothesis) -> str:
    """What `Translator.translate` makes of a hypothesis: unknown characters are copied."""
    tokenizer, spaced = translator.tokenizer, translator.spaced
    wishing = Wishing(Constraints(), tokenizer, spaced)
    composer = Composer(tokenizer, spaced, wishing, aligned=False)
    [weights] = composer.weights(translator.model, source, len(translator.tags), [part], [[best]])
    return composer.output(part, best, weights).text


def nearest(embedding: Tensor, ids: Sequence[int], count: int) -> list[list[tuple[int, float]]]:
    """embedding (V, D) -> for each id the `count` others with the highest cosine, highest first

    PAD, BOS, EOS and UNK are no one's neighbours, and UNK, which stands for many, has none.
    """
    vectors = F.normalize(embedding.float(), dim=-1)
    cosines = vectors[list(ids)] @ vectors.T
    cosines[:, : UNK + 1] = -math.inf
    cosines[range(len(ids)), list(ids)] = -math.inf
    best = cosines.topk(min(count, len(embedding)))
    return [
        [(n, cosine) for n, cosine in zip(*row, strict=True) if token != UNK and cosine > -math.inf]
        for token, *row in zip(ids, best.indices.tolist(), best.values.tolist(), strict=True)
    ]


def steps_of(
    recorder: Recorder, best: Hypothesis, count: int, tokenizer: Tokenizer
) -> list[list[Candidate]]:
    """The likeliest at each step of the best hypothesis, and what it said, wherever that stood."""
    steps = []
    for step, token in enumerate([*best.tokens, EOS]):
        before = tuple(best.tokens[:step])
        [held] = [held for held in recorder.beams[step] if held.tokens == before]
        steps.append([
            Candidate(tokenizer.piece(may), math.exp(value), rank, may == token)
            for rank, (may, value) in enumerate(held.candidates, 1)
            if rank <= count or may == token
        ])  # fmt: skip
    return steps


def branches(tree: Node, tokenizer: Tokenizer) -> list[Branch]:
    return [
        Branch(
            pieces=[tokenizer.piece(token) for token in node.tokens],
            parent=parent,
            log_probability=node.score,
            score=node.ended.score if node.ended else None,
            rank=int(node.rank) if node.ended else None,
            loops=bool(node.ended and node.ended.loops),
            pruned=node.pruned,
        )
        for node, parent in tree.walk()
    ]


def looked_at(
    translator: Translator,
    begin: int,
    source: Sequence[str],
    target: Sequence[str],
    weights: Tensor,
) -> list[tuple[str, list[Look]]]:
    """For each word of the target the words of the source that it looked at, most first

    weights (T, S) of pieces; the source's text begins at piece `begin`.
    """
    spaced = translator.spaced
    of_text = [begin + n for n in word_numbers(source[begin:-1], spaced[0])]
    columns = [*range(begin), *of_text, 1 + of_text[-1]]
    inner = word_numbers(target[:-1], spaced[1])
    rows = [*inner, 1 + max(inner, default=-1)]
    sums = word_weights(weights, columns, rows)
    shares = sums / sums.sum(1, keepdim=True)
    read = words_from_pieces(source, columns)
    found = []
    for word, row in zip(words_from_pieces(target, rows), shares.tolist(), strict=True):
        looks = [Look(number, *look) for number, look in enumerate(zip(read, row, strict=True))]
        found.append((word, sorted(looks, key=lambda look: -look.share)))
    return found


def words_from_pieces(pieces: Sequence[str], numbers: Sequence[int]) -> list[str]:
    """The text of each word, given the number of each piece's."""
    words = [""] * (numbers[-1] + 1)
    for piece, number in zip(pieces, numbers, strict=True):
        words[number] += piece
    return [word.replace("▁", " ").strip() or word for word in words]
