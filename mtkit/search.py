"""Batched beam search over opaque states; a beam of one is greedy search."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from mtkit.config import BOS, EOS, PAD, UNK, SearchConfig
from mtkit.models import Seq2Seq, select_rows


@dataclass(frozen=True)
class Hypothesis:
    """A finished translation."""

    tokens: list[int]  # without BOS and EOS
    log_probability: float  # of the tokens and EOS, in nats
    score: float  # log-probability divided by the length penalty: what hypotheses are ranked by


def length_penalty(length: int, alpha: float) -> float:
    """((5 + length) / 6) ** alpha (Wu et al., 2016, eq. 14); length counts EOS, too."""
    return ((5 + length) / 6) ** alpha


def longest_output(source_length: int, positions: int) -> int:
    """Tokens, EOS included, that a translation of `source_length` pieces may have."""
    return min(2 * source_length + 10, positions)


@torch.inference_mode()
def beam_search(
    model: Seq2Seq, source: Tensor, config: SearchConfig, positions: int
) -> list[list[Hypothesis]]:
    """source (B, S), each row ending in EOS -> for each row the n best hypotheses, best first

    positions: the longest target that the model can take.  A sentence is done when nothing that
    is still in its beam can end with a better score than the n best that have ended; its rows
    then leave the batch.
    """
    model.eval()
    beam, rows = config.beam_size, source.size(0)
    limits = [longest_output(n, positions) for n in (source != PAD).sum(1).tolist()]
    finished: list[list[Hypothesis]] = [[] for _ in range(rows)]
    memory, state = model.encode(source)
    repeat = torch.arange(rows, device=source.device).repeat_interleave(beam)
    memory, state = select_rows(memory, repeat), select_rows(state, repeat)
    live = list(range(rows))  # the sentences still in the batch, `beam` rows each
    tokens = torch.full((rows * beam, 1), BOS, device=source.device)
    # At first all hypotheses of a sentence are alike: only one of them may go on.
    scores = torch.full((rows, beam), -torch.inf, device=source.device)
    scores[:, 0] = 0
    while live:
        logits, state = model.decode(tokens[:, -1:], memory, state)
        length = tokens.size(1)  # of a hypothesis that ends now, EOS included
        at_limit = torch.tensor([length >= limits[i] for i in live], device=source.device)
        candidates = extend(scores, logits[:, -1], at_limit)
        for n, hypothesis in ended(candidates, tokens, beam, config.length_penalty):
            finished[live[n]].append(hypothesis)
        scores, parents, words = unfinished(candidates, beam)
        going_on = [
            length < limits[i] and may_improve(finished[i], best, limits[i], config)
            for i, best in zip(live, scores[:, 0].tolist(), strict=True)
        ]
        keep = torch.tensor(going_on, device=source.device).nonzero().flatten()
        live = [i for i, goes_on in zip(live, going_on, strict=True) if goes_on]
        scores, words = scores[keep], words[keep]
        rows_kept = (keep[:, None] * beam + parents[keep]).flatten()
        tokens = torch.cat((tokens[rows_kept], words.view(-1, 1)), 1)
        state = select_rows(state, rows_kept)
        if not all(going_on):  # the rows of a sentence have the same memory
            memory = select_rows(memory, rows_kept)
    return [sorted(found, key=lambda h: -h.score)[: config.n_best] for found in finished]


Candidates = tuple[Tensor, Tensor, Tensor]  # scores, parents (row of the beam), words


def extend(scores: Tensor, logits: Tensor, at_limit: Tensor) -> Candidates:
    """The best continuations: scores (N, K), logits (N K, V), at_limit (N) -> three of (N, 2 K)

    Twice as many as the beam is wide, since up to half of them may end.  At the limit a
    hypothesis can only end.  What is no text is never said.
    """
    sentences, beam = scores.shape
    probabilities = logits.log_softmax(-1).view(sentences, beam, -1)
    vocabulary = probabilities.size(-1)
    probabilities[..., [PAD, BOS, UNK]] = -torch.inf
    others = torch.arange(vocabulary, device=logits.device) != EOS
    probabilities.masked_fill_(at_limit[:, None, None] & others, -torch.inf)
    totals = (scores[..., None] + probabilities).view(sentences, -1)
    best, indices = totals.topk(2 * beam)
    return best, indices // vocabulary, indices % vocabulary


def ended(
    candidates: Candidates, tokens: Tensor, beam: int, alpha: float
) -> Iterator[tuple[int, Hypothesis]]:
    """(sentence, hypothesis) for each candidate within the beam that says EOS"""
    scores, parents, words = (part[:, :beam] for part in candidates)
    penalty = length_penalty(tokens.size(1), alpha)
    for n, k in ((words == EOS) & scores.isfinite()).nonzero().tolist():
        row = tokens[n * beam + int(parents[n, k]), 1:].tolist()
        score = float(scores[n, k])
        yield n, Hypothesis(row, score, score / penalty)


def unfinished(candidates: Candidates, beam: int) -> Candidates:
    """The best candidates that go on, best first: three of (N, K)"""
    scores, parents, words = candidates
    scores, order = scores.masked_fill(words == EOS, -torch.inf).topk(beam)
    return scores, parents.gather(1, order), words.gather(1, order)


def may_improve(finished: list[Hypothesis], best: float, limit: int, config: SearchConfig) -> bool:
    """Whether a hypothesis of log-probability `best` could still be among the n best.

    To stop as soon as the beam is full of finished hypotheses would let short ones crowd out
    the right one.  A log-probability only falls and its penalty grows at most to that of the
    limit, which bounds the score.  Greedy search, a beam of one, ends where it says EOS.
    """
    if len(finished) < config.n_best:
        return True
    if config.beam_size == 1:
        return False
    worst = sorted(hypothesis.score for hypothesis in finished)[-config.n_best]
    return best / length_penalty(limit, config.length_penalty) > worst
