"""The one search: batched, over opaque states.  A beam of one is greedy search."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mtkit.config import BOS, SearchConfig
from mtkit.models import Seq2Seq, log_probabilities
from mtkit.models.seq2seq import Tensors
from mtkit.ranking import Hypothesis
from mtkit.search.choice import Candidates, going_on
from mtkit.search.phrases import Wishes
from mtkit.search.plan import Plan
from mtkit.search.recorder import Recorder

ROWS = 256  # of logits at a time on a CPU, in whose cache they stay
FEW = 64  # rows: models copy the past of fewer as a whole, in whatever order (models/past.py)
Watch = Callable[[list[int]], None]  # is shown the best hypothesis so far, after each step


@dataclass
class Beam:
    """The hypotheses that still grow: of N sentences of a batch, K rows each."""

    live: list[int]  # N: which sentences these are
    memory: Tensors
    state: Tensors
    rows: Tensor  # (N K): which row of the state each continues at the next step
    tokens: Tensor  # (N K, T), BOS included
    totals: Tensor  # (N K, T): log-probability after each of them
    scores: Tensor  # (N, K): the same after the last one

    @classmethod
    def of(cls, model: Seq2Seq, source: Tensor, width: int) -> Beam:
        """source (B, S) -> for each row `width` hypotheses that have said nothing yet"""
        memory, state = model.encode(source)
        count, device = len(source), source.device
        rows = torch.arange(count, device=device).repeat_interleave(width)
        tokens = torch.full((count * width, 1), BOS, device=device)
        scores = torch.zeros((count, width), device=device)
        return cls(list(range(count)), memory, state, rows, tokens, scores.view(-1, 1), scores)

    def candidates(self, model: Seq2Seq, plan: Plan) -> Candidates:
        """The best continuations of each sentence; for a few sentences at a time on a CPU."""
        last = self.tokens[:, -1:]
        hidden, self.state = model.decode_hidden(last, self.memory, self.state, self.rows)
        (count, width), step = self.scores.shape, self.tokens.size(1) - 1
        size = max(1, ROWS // width) if hidden.device.type == "cpu" else count
        found = []
        for start in range(0, count, size):
            some, rows = slice(start, start + size), slice(start * width, (start + size) * width)
            logits = model.logits(hidden[rows], tuple(tensor[some] for tensor in self.memory))
            words = log_probabilities(logits[:, -1]).unflatten(0, (-1, width))
            for control in plan.controls:
                control.restrict(words, self.live[some], self.tokens[rows])
            found.append(plan.choice.pick(self.scores[some], words, self.live[some], step))
        scores, parents, chosen = (torch.cat(parts) for parts in zip(*found, strict=True))
        return scores, parents, chosen

    def go_on(self, candidates: Candidates, in_place: bool) -> tuple[Tensor, Tensor]:
        """Continue as chosen; sentences of which nothing goes on leave.

        in_place: whether the hypotheses of a sentence may be put where most of them stay, which
        saves the model work; else the best come first.
        -> for each row from now on, the one that it continues, and its word
        """
        alive = (candidates[0] > -torch.inf).sum(1).tolist()
        kept, before, width = len(alive) - alive.count(0), self.scores.size(1), max(alive)
        scores, parents, chosen = (part[:, :width] for part in candidates)  # what is best is first
        many = kept * width >= FEW and parents.device.type == "cpu"
        if in_place and many and 1 < width == before:
            stay = places(parents)
            scores, parents, chosen = (part.gather(1, stay) for part in (scores, parents, chosen))
            parents = torch.where(scores.isinf(), torch.arange(width), parents)  # no need to copy
        parents = (
            parents + torch.arange(0, len(alive) * before, before, device=parents.device)[:, None]
        )
        if kept < len(alive):
            scores, parents, chosen = self.leave(alive, (scores, parents, chosen))
        self.scores, self.rows, chosen = scores, parents.flatten(), chosen.flatten()
        self.tokens = torch.cat((self.tokens[self.rows], chosen[:, None]), 1)
        self.totals = torch.cat((self.totals[self.rows], scores.reshape(-1, 1)), 1)
        return self.rows, chosen

    def leave(self, alive: Sequence[int], parts: Tensors) -> Tensors:
        """parts (N, ...) -> without the sentences of which nothing is alive

        The last ones take their places, so that little is copied.
        """
        kept = [n for n, count in enumerate(alive) if count]
        gone = [n for n in range(len(kept)) if not alive[n]]
        last = kept[len(kept) - len(gone) :]
        for place, sentence in zip(gone, last, strict=True):
            self.live[place] = self.live[sentence]
        del self.live[len(kept) :]
        if gone:
            to, origin = torch.tensor([gone, last], device=parts[0].device)
            for tensor in (*self.memory, *parts):
                tensor.index_copy_(0, to, tensor.index_select(0, origin))
        self.memory = tuple(tensor[: len(kept)] for tensor in self.memory)
        return tuple(part[: len(kept)] for part in parts)


def places(parents: Tensor) -> Tensor:
    """parents (N, K) -> an order (N, K) of hypotheses: each parent's first one where it was"""
    others = (parents[:, :, None] == parents[:, None, :]).tril(-1).any(2)
    taken = torch.zeros_like(parents).scatter_(1, parents, 1)
    free = taken.argsort(dim=1, stable=True).gather(1, (others.cumsum(1) - 1).clamp(min=0))
    return torch.where(others, free, parents).argsort(1)


@torch.inference_mode()
def beam_search(
    model: Seq2Seq,
    source: Tensor,
    config: SearchConfig,
    positions: int,
    wishes: Sequence[Wishes] = (),
    watch: Watch | None = None,
    recorder: Recorder | None = None,
) -> list[list[Hypothesis]]:
    """source (B, S), each row ending in EOS -> for each row the n best hypotheses, best first

    positions: the longest target that the model can take; wishes: one for each row.  A sentence
    is done when nothing that is still in its beam can soon end with a better score than the n
    best that have ended (`Ranking.least`); its rows then leave the batch.  Where wishes
    contradict each other, there may be no hypothesis.  recorder: is shown the beam of a batch of
    one, and changes nothing.
    """
    model.eval()
    plan = Plan.of(config, source, positions, wishes)
    plan.controls += [recorder] if recorder else []  # the last, which sees what may come
    finished: list[list[Hypothesis]] = [[] for _ in plan.sources]
    beam = Beam.of(model, source, plan.start)
    while beam.live:
        candidates = beam.candidates(model, plan)
        length = beam.tokens.size(1)  # of what ends now, EOS included
        for sentence, hypothesis in plan.ended(candidates, beam.live, beam.tokens, beam.totals):
            finished[sentence].append(hypothesis)
            if recorder:
                recorder.end(hypothesis)
        least = [plan.least(i, finished[i], length) for i in beam.live]
        rows, chosen = beam.go_on(going_on(candidates, plan.width, least), plan.choice.in_place)
        for control in plan.controls:
            control.follow(rows, chosen)
        if watch and beam.live:
            watch(beam.tokens[int(beam.scores.argmax()), 1:].tolist())
    return [plan.ranking.best(found) for found in finished]
