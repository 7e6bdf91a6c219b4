"""The one search: batched, over opaque states.  A beam of one is greedy search."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from mtkit.config import BOS, SearchConfig
from mtkit.models import Seq2Seq, log_probabilities, select_rows
from mtkit.ranking import Hypothesis
from mtkit.search.choice import going_on
from mtkit.search.phrases import Wishes
from mtkit.search.plan import Plan
from mtkit.search.recorder import Recorder

Watch = Callable[[list[int]], None]  # is shown the best hypothesis so far, after each step


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
    memory, state = model.encode(source)
    live = list(range(len(source)))  # the sentences still in the batch, `width` rows each
    width, device = plan.start, source.device
    state = select_rows(state, torch.tensor(live, device=device).repeat_interleave(width))
    tokens = torch.full((len(live) * width, 1), BOS, device=device)
    scores = torch.zeros((len(live), width), device=device)
    totals = scores.view(-1, 1)  # log-probability after each token
    while live:
        logits, state = model.decode(tokens[:, -1:], memory, state)
        words = log_probabilities(logits[:, -1]).unflatten(0, scores.shape)
        for control in plan.controls:
            control.restrict(words, live, tokens)
        length = tokens.size(1)  # of a hypothesis that ends now, EOS included
        candidates = plan.choice.pick(scores, words, live, length - 1)
        for sentence, hypothesis in plan.ended(candidates, live, tokens, totals):
            finished[sentence].append(hypothesis)
            if recorder:
                recorder.end(hypothesis)
        least = [plan.least(i, finished[i], length) for i in live]
        scores, parents, chosen = going_on(candidates, plan.width, least)
        alive = (scores > -torch.inf).sum(1)
        kept, before = alive.nonzero().flatten(), width
        width = max(alive.tolist())  # the best come first, so that those behind can be left out
        scores, chosen = scores[kept, :width], chosen[kept, :width].flatten()
        rows = (kept[:, None] * before + parents[kept, :width]).flatten()
        tokens = torch.cat((tokens[rows], chosen[:, None]), 1)
        totals = torch.cat((totals[rows], scores.reshape(-1, 1)), 1)
        state = select_rows(state, rows)
        if len(kept) < len(live):
            memory, live = select_rows(memory, kept), [live[n] for n in kept.tolist()]
        for control in plan.controls:
            control.follow(rows, chosen)
        if watch and live:
            watch(tokens[int(scores.argmax()), 1:].tolist())
    return [plan.ranking.best(found) for found in finished]
