"""The two models: what each has to predict, as a loss, and the gradients of the loss.

A word has two vectors.  One is what is learnt for later, the *input* vector; the *output* vector
is what a prediction is compared with, and is thrown away.  To tell a neighbour from noise is all
that is asked (negative sampling, Mikolov et al., 2013, eq. 4):

    log sigmoid(input . output)  +  k E[log sigmoid(-input . noise)]      to be made large

A function here takes vectors of blocks (see windows.py), centre (R, L, D), context (R, C, D) and
noise (R, K, D), the `window` (R, L, C), and `negatives`, which is k.  The gradients are written by
hand, because they are short: that of -log sigmoid(s) is sigmoid(s) - 1 = -sigmoid(-s).  A test
compares them with autograd's.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

Gradients = tuple[Tensor, Tensor, Tensor]  # for centre, context and noise, each of its shape


def skip_gram_loss(
    centre: Tensor, context: Tensor, noise: Tensor, window: Tensor, negatives: int
) -> Tensor:
    """A word predicts each of its neighbours: the sum over all pairs.

    centre: input vectors; context and noise: output vectors.
    """
    pairs = window.sum(2, keepdim=True)  # (R, L, 1)
    true = window * F.logsigmoid(centre @ context.mT)
    false = pairs * negatives * F.logsigmoid(-centre @ noise.mT).mean(2, keepdim=True)
    return -(true.sum() + false.sum())


def skip_gram_gradients(
    centre: Tensor, context: Tensor, noise: Tensor, window: Tensor, negatives: int
) -> Gradients:
    """Neighbours are drawn to each other, by how little that was expected; noise is pushed off."""
    share = window.sum(2, keepdim=True) * (negatives / noise.shape[1])
    pull = window * torch.sigmoid(-(centre @ context.mT))  # (R, L, C)
    push = share * torch.sigmoid(centre @ noise.mT)  # (R, L, K)
    return (push @ noise).sub_(pull @ context), -(pull.mT @ centre), push.mT @ centre


def cbow_loss(
    centre: Tensor, context: Tensor, noise: Tensor, window: Tensor, negatives: int
) -> Tensor:
    """The mean of its neighbours predicts a word (continuous bag of words): the sum over words.

    context: input vectors; centre and noise: output vectors.
    """
    hidden, known = _mean(context, window)
    true = known * F.logsigmoid((hidden * centre).sum(2, keepdim=True))
    false = known * negatives * F.logsigmoid(-hidden @ noise.mT).mean(2, keepdim=True)
    return -(true.sum() + false.sum())


def cbow_gradients(
    centre: Tensor, context: Tensor, noise: Tensor, window: Tensor, negatives: int
) -> Gradients:
    """The mean and its word are drawn to each other, the mean and noise pushed off.

    Each neighbour is moved by the whole gradient of the mean, as in the authors' program and
    others: that is the loss's own gradient times the number of neighbours, a higher rate for them.
    """
    hidden, known = _mean(context, window)
    pull = known * torch.sigmoid(-(hidden * centre).sum(2, keepdim=True))  # (R, L, 1)
    push = known * (negatives / noise.shape[1]) * torch.sigmoid(hidden @ noise.mT)  # (R, L, K)
    for_hidden = (push @ noise).sub_(pull * centre)
    return -pull * hidden, window.mT @ for_hidden, push.mT @ hidden


def _mean(context: Tensor, window: Tensor) -> tuple[Tensor, Tensor]:
    """-> mean of each word's neighbours (R, L, D), and 1 where there are any, else 0 (R, L, 1)

    This is attention whose weights are not learnt: the same for all words in the window.
    """
    neighbours = window.sum(2, keepdim=True)
    return window / neighbours.clamp(min=1) @ context, (neighbours > 0).float()
