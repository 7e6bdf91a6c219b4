"""The two models before the Transformer: Seq2Seq, and the same with attention.

Both read the source with recurrent layers and write the target with others.  Without attention
(Sutskever et al., 2014), the decoder knows of the source only what fits into the state that it
starts from: vectors of one size, whatever the length of the sentence.  With attention (Bahdanau et
al., 2015; Luong et al., 2015), each step looks at all positions of the source.
Shapes: B sentences, S source length, T target length, L either, D width, N layers.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from mtkit.config import PAD, LSTMConfig
from mtkit.models.dropout import Dropout
from mtkit.models.seq2seq import Seq2Seq, Tensors, select_rows


class LSTM(nn.Module):
    """Long short-term memory (Hochreiter and Schmidhuber, 1997), with a gate to forget.

    cell   = keep * cell + let_in * tanh(W x + U output + b)
    output = show * tanh(cell)

    A cell that is changed by sums and products with gates keeps what it holds, and its gradient,
    over many steps.  Gates are between 0 and 1: how much of the new is let in, of the old is kept,
    and of the cell is shown.  Each is sigmoid(W x + U output + b), with W, U and b of its own.
    """

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.input = nn.Linear(inputs, 4 * width)
        self.recurrent = nn.Linear(width, 4 * width, bias=False)

    def forward(
        self, x: Tensor, state: tuple[Tensor, Tensor], mask: Tensor | None = None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """x (B, L, inputs), output and cell (B, D) -> outputs (B, L, D), output and cell

        mask (B, L, 1): where there is a token; elsewhere the state stays as it is.
        """
        output, cell = state
        outputs = []
        for step, projected in enumerate(self.input(x).unbind(1)):
            *gates, new = (projected + self.recurrent(output)).chunk(4, -1)
            let_in, keep, show = (gate.sigmoid() for gate in gates)
            next_cell = keep * cell + let_in * new.tanh()
            next_output = show * next_cell.tanh()
            if mask is not None:
                next_cell = torch.where(mask[:, step], next_cell, cell)
                next_output = torch.where(mask[:, step], next_output, output)
            output, cell = next_output, next_cell
            outputs.append(output)
        return torch.stack(outputs, 1), (output, cell)


class Encoder(nn.Module):
    """Layers that read the source from both ends; each direction has half of the width."""

    def __init__(self, config: LSTMConfig) -> None:
        super().__init__()
        layers = range(config.encoder_layers)
        self.forwards = nn.ModuleList(LSTM(config.d_model, config.d_model // 2) for _ in layers)
        self.backwards = nn.ModuleList(LSTM(config.d_model, config.d_model // 2) for _ in layers)
        self.dropout = Dropout(config.dropout)

    def forward(self, x: Tensor, mask: Tensor) -> tuple[Tensor, Tensors]:
        """x (B, S, D), mask (B, S, 1) -> outputs (B, S, D), last outputs and cells (B, N, D)"""
        start = x.new_zeros(len(x), x.size(-1) // 2)
        last = []
        for ahead, back in zip(self.forwards, self.backwards, strict=True):
            right, ends = ahead(x, (start, start), mask)
            left, begins = back(x.flip(1), (start, start), mask.flip(1))
            last.append([torch.cat(pair, -1) for pair in zip(ends, begins, strict=True)])
            x = self.dropout(torch.cat((right, left.flip(1)), -1))
        outputs, cells = (torch.stack(part, 1) for part in zip(*last, strict=True))
        return x, (outputs, cells)


class Decoder(nn.Module):
    """Layers that write the target, each from the state of the encoder's layer beside it."""

    def __init__(self, config: LSTMConfig) -> None:
        super().__init__()
        layers = range(config.decoder_layers)
        self.layers = nn.ModuleList(LSTM(config.d_model, config.d_model) for _ in layers)
        self.dropout = Dropout(config.dropout)

    def forward(self, x: Tensor, state: Tensors) -> tuple[Tensor, Tensors]:
        """x (B, T, D), last outputs and cells (B, N, D) -> (B, T, D), last outputs and cells"""
        last = []
        for layer, output, cell in zip(
            self.layers, *(part.unbind(1) for part in state), strict=True
        ):
            x, ends = layer(x, (output, cell))
            last.append(ends)
            x = self.dropout(x)
        return x, tuple(torch.stack(part, 1) for part in zip(*last, strict=True))


class Attention(nn.Module):
    """Each target position looks at the source (Luong et al., 2015: "general", global).

    weights = softmax(x W source^T), context = weights source, result = tanh([context; x] W_c)
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.query = nn.Linear(width, width, bias=False)
        self.combine = nn.Linear(2 * width, width, bias=False)

    def weights(self, x: Tensor, source: Tensor, mask: Tensor) -> Tensor:
        """x (B K, T, D), source (B, S, D), mask (B, S, 1) -> who looks where (B, K T, S)

        K targets of the same source stand together, and look at it side by side.
        """
        queries = self.query(x).view(len(source), -1, x.size(-1))
        scores = queries @ source.transpose(1, 2)
        return scores.masked_fill(~mask.transpose(1, 2), -math.inf).softmax(-1)

    def forward(self, x: Tensor, source: Tensor, mask: Tensor) -> Tensor:
        """x (B K, T, D), source (B, S, D), mask (B, S, 1) -> (B K, T, D)"""
        context = (self.weights(x, source, mask) @ source).view_as(x)
        return self.combine(torch.cat((context, x), -1)).tanh()


class LSTMSeq2Seq(Seq2Seq):
    """Encoder and decoder over one embedding, with or without attention.

    memory  without attention nothing, else the encoder's outputs and the source's mask
    state   the last outputs and cells (B, N, D) of all layers
    """

    def __init__(self, config: LSTMConfig) -> None:
        super().__init__()
        self.config = config
        self.aligns = config.architecture == "lstm-attention"
        self.embedding = nn.Embedding(config.vocab_size, config.d_model)
        self.encoder = Encoder(config)
        self.decoder = Decoder(config)
        if self.aligns:
            self.attention = Attention(config.d_model)
        self.on_embeddings = Dropout(config.on_embeddings)
        self.initialise()

    def initialise(self) -> None:
        """Xavier for the matrices; a gate that keeps the cell at first (Gers et al., 2000)."""
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.xavier_uniform_(module.weight)
            if isinstance(module, LSTM):
                nn.init.zeros_(module.input.bias)
                width = module.recurrent.in_features
                nn.init.ones_(module.input.bias[width : 2 * width])
        nn.init.normal_(self.embedding.weight, std=self.config.d_model**-0.5)

    def embed(self, tokens: Tensor) -> Tensor:
        """tokens (B, L) -> (B, L, D)"""
        return self.on_embeddings(self.embedding(tokens) * math.sqrt(self.config.d_model))

    def encode(self, source: Tensor) -> tuple[Tensors, Tensors]:
        mask = (source != PAD)[:, :, None]
        outputs, state = self.encoder(self.embed(source), mask)
        return (outputs, mask) if self.aligns else (), state

    def decode_hidden(
        self, target: Tensor, memory: Tensors, state: Tensors, rows: Tensor | None = None
    ) -> tuple[Tensor, Tensors]:
        state = state if rows is None else select_rows(state, rows)
        hidden, state = self.decoder(self.embed(target), state)
        return self.attention(hidden, *memory) if self.aligns else hidden, state

    def alignment(self, source: Tensor, target: Tensor) -> Tensor:
        memory, state = self.encode(source)
        hidden, _ = self.decoder(self.embed(target), state)
        return self.attention.weights(hidden, *memory)

    def attention_weights(self, source: Tensor, target: Tensor) -> dict[str, list[Tensor]]:
        return {"cross": [self.alignment(source, target)[:, None]]} if self.aligns else {}
