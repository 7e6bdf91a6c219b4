"""Attention, in several heads: of a sequence to itself, and of one sequence to another.

A position asks with a query; each key tells how well its position answers; what is found is the
mean of the values, weighted by that (Vaswani et al., 2017, section 3.2).
Shapes: B sentences, S source length, T target length, L either, D width, H heads, d = D / H.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mtkit.config import TransformerConfig
from mtkit.models.dropout import Dropout
from mtkit.models.seq2seq import Tensors

FEW = 32  # queries of a sentence


def split_heads(x: Tensor, heads: int) -> Tensor:
    """x (B, L, D) -> (B, H, L, d): each head sees a slice of the width"""
    return x.unflatten(-1, (heads, -1)).transpose(1, 2)


def join_heads(x: Tensor) -> Tensor:
    """x (B, H, L, d) -> (B, L, D)"""
    return x.transpose(1, 2).flatten(2)


def attend(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, causal: bool, dropout: Dropout
) -> Tensor:
    """softmax(Q K^T / sqrt(d)) V: query (B, H, T, d), key and value (B, H, S, d) -> (B, H, T, d)

    PyTorch's fused kernel, but step by step where that is slow on a CPU: with dropout on the
    weights in training, and in 16 bits, where its backward pass takes ten times as long.
    """
    on_cpu = query.device.type == "cpu"
    learns_in_16_bits = on_cpu and query.requires_grad and query.element_size() == 2
    if not (dropout.training and dropout.p) and not learns_in_16_bits:
        few = query.size(2) <= FEW and on_cpu
        if few and mask is not None and not query.requires_grad:
            return attend_few(query, key, value, mask)
        return F.scaled_dot_product_attention(query, key, value, mask, is_causal=causal)
    if causal:
        mask = later_hidden(query.size(2), query.device)
    return dropout(shares(query, key, mask)) @ value


def shares(query: Tensor, key: Tensor, mask: Tensor | None) -> Tensor:
    """softmax(Q K^T / sqrt(d)): query (B, H, T, d), key (B, H, S, d) -> (B, H, T, S)

    Row t tells where position t looks, and sums to 1.  The scalar product of two vectors of d
    independent numbers, of mean 0 and variance 1, has the variance d; divided by sqrt(d) it
    has 1, or softmax would be nearly 0 or 1 and hardly learn.
    """
    scores = query @ key.transpose(-1, -2) / math.sqrt(query.size(-1))
    return (scores if mask is None else scores.masked_fill(~mask, -math.inf)).softmax(-1)


def later_hidden(length: int, device: torch.device) -> Tensor:
    """(length, length): each position may look at itself and what comes before"""
    return torch.ones(length, length, dtype=torch.bool, device=device).tril()


def attend_few(query: Tensor, key: Tensor, value: Tensor, mask: Tensor) -> Tensor:
    """The same without a gradient, for few queries: two products take less than the kernel."""
    shape = (*query.shape[:3], key.size(2))
    bias = torch.where(mask, 0.0, -math.inf).to(query.dtype).expand(shape).flatten(0, 1)
    keys, scale = key.flatten(0, 1).transpose(1, 2), query.size(-1) ** -0.5
    scores = torch.baddbmm(bias, query.flatten(0, 1), keys, alpha=scale)
    return torch.bmm(scores.softmax(-1), value.flatten(0, 1)).view_as(query)


class SelfAttention(nn.Module):
    """Every position looks at the others: softmax(Q K^T / sqrt(d)) V, in H heads at once.

    Query, key and value are the input times three matrices (D, D), kept as one, so that one product
    makes all three.  What the heads find stands side by side, and one more matrix mixes it.
    Given keys and values of the past, it adds its own to them: the query looks at all of them.
    """

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.heads = config.heads
        self.qkv = nn.Linear(config.d_model, 3 * config.d_model)
        self.out = nn.Linear(config.d_model, config.d_model)
        self.dropout = Dropout(config.attention_dropout)

    def forward(
        self,
        x: Tensor,
        mask: Tensor | None = None,
        causal: bool = False,
        past: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        """x (B, L, D) -> (B, L, D), keys and values side by side (L, B, 2 D), or the past

        mask (B, 1, 1, L) says which positions may be looked at; causal: none that comes later.
        past (P + 1, B, 2 D): such keys and values, the last of which are still to be filled, with
        those of the one position in x.
        """
        query, key, value, present = self.parts(x, past)
        found = attend(query, key, value, mask, causal, self.dropout)
        return self.out(join_heads(found)), present

    def parts(self, x: Tensor, past: Tensor | None) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """-> query (B, H, L, d), key and value (B, H, L or P + 1, d), these two side by side"""
        query, present = self.qkv(x).split((x.size(-1), 2 * x.size(-1)), -1)
        present = present.transpose(0, 1)
        if past is not None:
            past[-1:] = present
            present = past
        key, value = present.transpose(0, 1).chunk(2, -1)
        query, key, value = (split_heads(part, self.heads) for part in (query, key, value))
        return query, key, value, present

    def weights(
        self,
        x: Tensor,
        mask: Tensor | None = None,
        causal: bool = False,
        past: Tensor | None = None,
    ) -> Tensor:
        """The same input -> who looks where (B, H, L, L or P + 1)"""
        query, key, _, _ = self.parts(x, past)
        return shares(query, key, later_hidden(x.size(1), x.device) if causal else mask)


class CrossAttention(nn.Module):
    """Target positions look at the source: queries from the one, keys and values from the other."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.heads = config.heads
        self.query = nn.Linear(config.d_model, config.d_model)
        self.key_value = nn.Linear(config.d_model, 2 * config.d_model)
        self.out = nn.Linear(config.d_model, config.d_model)
        self.dropout = Dropout(config.attention_dropout)

    def read(self, source: Tensor) -> Tensors:
        """source (B, S, D) -> keys and values (B, H, S, d), computed once a sentence"""
        parts = tuple(split_heads(x, self.heads) for x in self.key_value(source).chunk(2, -1))
        # Each token of the target looks at them: they are laid out for that once.
        return parts if self.training else tuple(part.contiguous() for part in parts)

    def forward(self, x: Tensor, keys: Tensor, values: Tensor, mask: Tensor) -> Tensor:
        """x (B K, T, D), keys and values (B, H, S, d), mask (B, 1, 1, S) -> (B K, T, D)

        K targets of the same source stand together, and look at its keys side by side.
        """
        query = split_heads(self.query(x).view(len(keys), -1, x.size(-1)), self.heads)
        found = join_heads(attend(query, keys, values, mask, False, self.dropout))
        return self.out(found).view_as(x)

    def weights(self, x: Tensor, keys: Tensor, values: Tensor, mask: Tensor) -> Tensor:
        """The same input, one target a source -> who looks where (B, H, T, S)"""
        return shares(split_heads(self.query(x), self.heads), keys, mask)


@contextmanager
def recorded(attentions: Iterable[Any]) -> Iterator[list[Tensor]]:
    """Who looks where in each of these attentions (B, H, T, S), in the order they are called.

    The fused kernel keeps no weights: meanwhile, they are computed once more from each input.
    """
    found: list[Tensor] = []

    def look(attention: Any, seen: tuple[Any, ...], _: object) -> None:
        found.append(attention.weights(*seen))

    hooks = [attention.register_forward_hook(look) for attention in attentions]
    try:
        yield found
    finally:
        for hook in hooks:
            hook.remove()
