"""How much a training computes, and how much the machine can."""

from __future__ import annotations

import time

from peers.common import THREADS, VOCABULARY, Sizes


def operations(sizes: Sizes, ratio: float) -> float:
    """Floating-point operations for a target token, forward and backward: 6 for each weight.

    The weights of the encoder and of the keys and values that the decoder makes of its output are
    multiplied by source tokens, of which there are `ratio` for a target token; the others of the
    decoder and the output's by target tokens.  Without the products of queries, keys and values.
    """
    square, feed = sizes.width**2, 2 * sizes.width * sizes.feed_forward
    source = sizes.encoder_layers * (4 * square + feed) + sizes.decoder_layers * 2 * square
    target = sizes.decoder_layers * (6 * square + feed) + VOCABULARY * sizes.width
    return 6 * (ratio * source + target)


def product_rate(seconds: float = 1.0) -> float:
    """Floating-point operations a second of (2048, 512) times (512, 512)."""
    import torch

    torch.set_num_threads(THREADS)
    one, other = torch.randn(2048, 512), torch.randn(512, 512)
    for _ in range(10):
        one @ other
    began, count = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        torch.mm(one, other)
        count += 1
    return 2 * one.numel() * other.shape[1] * count / (time.perf_counter() - began)
