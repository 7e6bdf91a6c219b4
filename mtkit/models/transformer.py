"""The Transformer of "Attention Is All You Need" (Vaswani et al., 2017), readable and fast.

Read it from the bottom up for the picture, from the top down for the parts:
attention (attention.py) -> block (attention, feed-forward, residuals, norms) -> encoder,
decoder -> Transformer.
Shapes: B sentences, S source length, T target length, L either, D width, H heads, d = D / H.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mtkit.config import PAD, TransformerConfig
from mtkit.models.attention import CrossAttention, SelfAttention, recorded
from mtkit.models.dropout import Dropout
from mtkit.models.past import Step, continued
from mtkit.models.seq2seq import Seq2Seq, Tensors


class SwiGLU(nn.Module):
    """x (..., 2 F) -> (..., F): one half, as far as the other opens its gate (Shazeer, 2020)"""

    def forward(self, x: Tensor) -> Tensor:
        value, gate = x.chunk(2, -1)
        return value * F.silu(gate)


ACTIVATIONS = {"relu": nn.ReLU, "gelu": nn.GELU, "tanh": nn.Tanh, "swiglu": SwiGLU}


class FeedForward(nn.Sequential):
    """activation(x W_1 + b_1) W_2 + b_2, in the paper ReLU: x (B, L, D), each position alone"""

    def __init__(self, config: TransformerConfig) -> None:
        halves = 2 if config.activation == "swiglu" else 1
        activation = ACTIVATIONS[config.activation]()
        super().__init__(
            nn.Linear(config.d_model, halves * config.d_ff),
            nn.Sequential(activation, Dropout(config.activation_dropout)),
            nn.Linear(config.d_ff, config.d_model),
        )


class BatchNorm(nn.BatchNorm1d):
    """x (B, L, D) -> (B, L, D): each feature normalised over the batch (Ioffe and Szegedy, 2015)

    To show why not: in training a sentence depends on the others of its batch, padding included,
    and in translation on what was usual in training.
    """

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.flatten(0, -2)).view_as(x)


def normalisation(config: TransformerConfig) -> nn.Module:
    """LayerNorm makes mean 0 and variance 1 of the features of a position (Ba et al., 2016).

    gain * (x - mean) / sqrt(variance + epsilon) + bias, whatever else is in the batch.
    RMSNorm leaves out the mean (Zhang and Sennrich, 2019).
    """
    kinds = {"layernorm": nn.LayerNorm, "rmsnorm": nn.RMSNorm, "batchnorm": BatchNorm}
    return kinds[config.norm_type](config.d_model)


class Residual(nn.Module):
    """How a sub-layer's output joins its input (He et al., 2016): sum, dropout and a norm.

    pre:  x + dropout(sublayer(norm(x))), which trains without care (Xiong et al., 2020)
    post: norm(x + dropout(sublayer(x))), as in the paper
    """

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.pre = config.norm == "pre"
        self.norm = normalisation(config)
        self.dropout = Dropout(config.dropout)

    def before(self, x: Tensor) -> Tensor:
        return self.norm(x) if self.pre else x

    def after(self, x: Tensor, update: Tensor) -> Tensor:
        x = x + self.dropout(update)
        return x if self.pre else self.norm(x)


class TransformerBlock(nn.Module):
    """Self-attention, a look at the source if this is a decoder's block, feed-forward."""

    def __init__(self, config: TransformerConfig, reads_source: bool) -> None:
        super().__init__()
        self.self_attention = SelfAttention(config)
        self.self_residual = Residual(config)
        if reads_source:
            self.cross_attention = CrossAttention(config)
            self.cross_residual = Residual(config)
        self.feed_forward = FeedForward(config)
        self.feed_residual = Residual(config)

    def forward(
        self,
        x: Tensor,
        mask: Tensor | None = None,
        causal: bool = False,
        past: Tensor | None = None,
        source: Tensors = (),
    ) -> tuple[Tensor, Tensor]:
        """x (B, L, D) -> (B, L, D), keys and values (L, B, 2 D), or the past

        past (P + 1, B, 2 D): keys and values so far, and room for one more; source: keys, values
        and mask of the source, for a block that reads it.
        """
        update, present = self.self_attention(self.self_residual.before(x), mask, causal, past)
        x = self.self_residual.after(x, update)
        if source:
            update = self.cross_attention(self.cross_residual.before(x), *source)
            x = self.cross_residual.after(x, update)
        update = self.feed_forward(self.feed_residual.before(x))
        return self.feed_residual.after(x, update), present


class Encoder(nn.Module):
    """Blocks that let every source position look at every other."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        blocks = [TransformerBlock(config, False) for _ in range(config.encoder_layers)]
        self.blocks = nn.ModuleList(blocks)
        self.norm = final_norm(config)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """x (B, S, D), mask (B, 1, 1, S) -> (B, S, D)"""
        for block in self.blocks:
            x, _ = block(x, mask)
        return self.norm(x)


class Decoder(nn.Module):
    """Blocks that look at the target so far and at the encoder's output."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        blocks = [TransformerBlock(config, True) for _ in range(config.decoder_layers)]
        self.blocks = nn.ModuleList(blocks)
        self.norm = final_norm(config)

    def read(self, source: Tensor) -> Tensors:
        """source (B, S, D) -> keys and values (B, H, S, d) of every block"""
        read = [block.cross_attention.read(source) for block in self.blocks]  # type: ignore[operator, union-attr]
        return tuple(part for pair in read for part in pair)

    def forward(
        self, x: Tensor, memory: Tensors, caches: Tensors = (), step: Step | None = None
    ) -> tuple[Tensor, Tensors]:
        """x (B, T, D) -> (B, T, D), keys and values of the target so far, of every block

        memory: the source's mask (B, 1, 1, S), then keys and values of every block; caches: what
        it returned before; step: how they are continued.
        """
        mask, *source = memory
        # A query after a cache may look at everything; is_causal would show it the first key only.
        causal, past, grown = step is None, None, []
        for i, block in enumerate(self.blocks):
            if step:
                cache = step.prepared(caches[i])
                past = cache[: step.length + 1, : len(x)]
            x, present = block(x, None, causal, past, (*source[2 * i : 2 * i + 2], mask))
            grown.append(cache if step else present)
        return self.norm(x), tuple(grown)


class Transformer(Seq2Seq):
    """Encoder and decoder over one embedding, which also turns the output into logits."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocab_size, config.d_model)
        self.encoder = Encoder(config)
        self.decoder = Decoder(config)
        self.dropout = Dropout(config.on_embeddings)
        positions = sinusoids(config.max_positions, config.d_model)
        self.register_buffer("positions", positions, persistent=False)
        self.positions: Tensor
        self.initialise()

    def initialise(self) -> None:
        """Xavier for the matrices, and an embedding that is of unit size once it is scaled."""
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.xavier_uniform_(module.weight)
                nn.init.zeros_(module.bias)
        nn.init.normal_(self.embedding.weight, std=self.config.d_model**-0.5)

    def embed(self, tokens: Tensor, start: int = 0) -> Tensor:
        """tokens (B, L), the first of which stands at position `start` -> (B, L, D)"""
        x = self.embedding(tokens) * math.sqrt(self.config.d_model)
        return self.dropout(x + self.positions[start : start + tokens.size(1)])

    def encode(self, source: Tensor) -> tuple[Tensors, Tensors]:
        mask = (source != PAD)[:, None, None, :]
        return (mask, *self.decoder.read(self.encoder(self.embed(source), mask))), ()

    def decode_hidden(
        self, target: Tensor, memory: Tensors, state: Tensors, rows: Tensor | None = None
    ) -> tuple[Tensor, Tensors]:
        said, step = continued(state, rows, target, len(memory[0]))
        x = self.embed(target, said.size(1) - 1)
        hidden, caches = self.decoder(x, memory, state[1:], step)
        return hidden, (torch.cat((said, target), 1), *caches)

    @property
    def aligning_layer(self) -> int:
        """The last block but one, which aligns best (Garg et al., 2019)."""
        return max(self.config.decoder_layers - 2, 0)

    def alignment(self, source: Tensor, target: Tensor) -> Tensor:
        """Of the aligning block, the mean over its heads."""
        block = self.decoder.blocks[self.aligning_layer]
        with recorded([block.cross_attention]) as weights:
            self.decode_hidden(target, *self.encode(source))
        return weights[0].mean(1)

    def attention_weights(self, source: Tensor, target: Tensor) -> dict[str, list[Tensor]]:
        encoder, decoder = self.encoder.blocks, self.decoder.blocks
        with (
            recorded(block.cross_attention for block in decoder) as cross,
            recorded(block.self_attention for block in encoder) as of_source,
            recorded(block.self_attention for block in decoder) as of_target,
        ):
            self.decode_hidden(target, *self.encode(source))
        return {"cross": cross, "encoder": of_source, "decoder": of_target}


def final_norm(config: TransformerConfig) -> nn.Module:
    """Pre-norm blocks leave their sum as it is, so that it is normalised once at the end."""
    return normalisation(config) if config.norm == "pre" else nn.Identity()


def sinusoids(positions: int, width: int) -> Tensor:
    """(positions, width): sin and cos at wavelengths from 2 pi to 10000 * 2 pi (section 3.5)

    With an even width, the product of two rows is the sum of cos(rate * distance).
    """
    rates = torch.exp(torch.arange(0, width, 2) * (-math.log(10000.0) / width))
    angles = torch.arange(positions)[:, None] * rates
    return torch.stack((angles.sin(), angles.cos()), dim=-1).flatten(1)[:, :width]
