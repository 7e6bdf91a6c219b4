"""The loop: gather vectors, take a step against the gradient, put them back."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from mtkit.errors import MtkitError
from mtkit.vectors import WordVectors
from mtkit.word2vec.config import Word2VecConfig
from mtkit.word2vec.objectives import (
    Gradients,
    cbow_gradients,
    cbow_loss,
    skip_gram_gradients,
    skip_gram_loss,
)
from mtkit.word2vec.text import Text
from mtkit.word2vec.windows import BLOCK, Blocks, Reader

MOST_ROWS = 32  # blocks in a batch
MOST_NOISE = 512  # words in a block
NOISE_MOVE, WORD_MOVE = 0.75, 4.0  # see `Pace`
REPORT_EVERY = 32  # batches
ALIKE = 0.8  # a mean cosine that tells of too few steps; `data/everyday` ends below 0.3
UNMOVED = 2.0  # times the length that vectors have at the beginning; there, they end above 40


@dataclass(frozen=True)
class Report:
    """How far it is."""

    fraction: float  # of the whole run, 0 to 1
    epoch: int
    loss: float  # per prediction: of a neighbour (skip-gram), or of a word (CBOW)
    words_per_second: float  # of the text, those that are left out included


class Word2Vec:
    """Two vectors for each word of a text, and how to learn them."""

    def __init__(self, text: Text, config: Word2VecConfig) -> None:
        """Input vectors begin small and at random, output vectors at zero."""
        self.text, self.config = text, config
        generator = torch.Generator().manual_seed(config.seed)
        shape = len(text.words), config.size
        self.input = (torch.rand(shape, generator=generator) - 0.5) / config.size
        self.output = torch.zeros(shape)
        self.pace = Pace.of(config, text.repetition(config.subsample))
        self.reader = Reader(text, config, self.pace.noise, generator)

    @property
    def vectors(self) -> WordVectors:
        return WordVectors(self.text.words, self.input)

    @property
    def trouble(self) -> str:
        """Why the vectors that were learnt tell little of the words, if that is so.

        First they grow, all the same way, and only then apart.
        """
        begun = (12 * self.config.size) ** -0.5  # the length of a vector of uniform numbers
        if self.input.norm(dim=1).mean() < UNMOVED * begun:
            return "the vectors are hardly other than at the beginning, when they were random"
        if (likeness := self.vectors.likeness) > ALIKE:
            return f"all vectors are much alike: the mean cosine of two words is {likeness:.2f}"
        return ""

    @torch.no_grad()
    def learn(self) -> Iterator[Report]:
        """All epochs, with a report now and then, and one at the end.

        Errors: MtkitError if the vectors grow beyond all bounds.
        """
        epochs, began = self.config.epochs, time.monotonic()
        fraction = loss = 0.0
        for epoch in range(epochs):
            for number, blocks in enumerate(self.reader.epoch(self.pace.rows)):
                if reporting := number % REPORT_EVERY == 0:
                    loss = self.loss(blocks)
                self.step(blocks, self.pace.rate * (1 - fraction))
                fraction = (epoch + blocks.done) / epochs
                if reporting:
                    speed = fraction * epochs * self.text.length / (time.monotonic() - began)
                    yield Report(fraction, epoch + 1, loss, speed)
            self._check()
        speed = epochs * self.text.length / (time.monotonic() - began)
        yield Report(1.0, epochs, loss, speed)

    def step(self, blocks: Blocks, rate: float) -> None:
        """One step of gradient descent; a word that is in the blocks n times takes n steps."""
        gradients = self._gradients(blocks)
        for (table, ids), gradient in zip(self._places(blocks), gradients, strict=True):
            moves = gradient.mul_(-rate).flatten(0, 1)
            table.index_add_(0, ids.flatten(), moves)

    def loss(self, blocks: Blocks) -> float:
        """The mean over all predictions that the blocks hold."""
        skip_gram = self.config.method == "skip-gram"
        loss = skip_gram_loss if skip_gram else cbow_loss
        predictions = blocks.window if skip_gram else blocks.window.amax(2)
        found = loss(*self._gathered(blocks), blocks.window, self.config.negatives)
        return float(found / predictions.sum().clamp(min=1))

    def _gradients(self, blocks: Blocks) -> Gradients:
        gradients = skip_gram_gradients if self.config.method == "skip-gram" else cbow_gradients
        return gradients(*self._gathered(blocks), blocks.window, self.config.negatives)

    def _places(self, blocks: Blocks) -> list[tuple[Tensor, Tensor]]:
        """(table, ids) of centre, context and noise; what predicts has the input vectors."""
        centre, context = self.input, self.output
        if self.config.method == "cbow":
            centre, context = context, centre
        ids = (blocks.centre, blocks.context, blocks.noise)
        return list(zip((centre, context, self.output), ids, strict=True))

    def _gathered(self, blocks: Blocks) -> tuple[Tensor, Tensor, Tensor]:
        """Vectors of centre (R, L, D), context (R, C, D) and noise (R, K, D)"""
        centre, context, noise = (
            table.index_select(0, ids.flatten()).view(*ids.shape, -1)
            for table, ids in self._places(blocks)
        )
        return centre, context, noise

    def _check(self) -> None:
        if not self.input.isfinite().all():
            raise MtkitError(
                f"the vectors grew beyond all bounds at a learning rate of {self.config.rate:g}",
                f"try --learning-rate {self.config.rate / 4:g}",
            )


@dataclass(frozen=True)
class Pace:
    """How much is done at once.

    All gradients of a batch are taken at the same vectors.  A word that is in the batch very often
    would be carried, by the sum of its many small steps, far past where one after the other
    would lead, and the vectors would grow without end.  So two moves are bounded, in units of a
    vector (the learning rate times the number of predictions): that of a noise word in its
    block, by taking more of them, and that of the most frequent word in a batch, by taking fewer
    blocks or, where one is too many, a lower rate.  The bounds were found by trying.
    """

    noise: int  # K
    rows: int  # R
    rate: float

    @classmethod
    def of(cls, config: Word2VecConfig, repetition: float) -> Pace:
        """repetition: the probability that two words that are read are the same."""
        neighbours = config.window + 1  # of a word, on average
        predictions = neighbours if config.method == "skip-gram" else 1
        noise = math.ceil(BLOCK * config.rate * config.negatives * predictions / NOISE_MOVE)
        move = config.rate * (1 + config.negatives) * neighbours * repetition
        blocks = WORD_MOVE / (move * BLOCK)
        noise = min(noise, MOST_NOISE)
        return cls(noise, max(1, min(MOST_ROWS, int(blocks))), config.rate * min(1.0, blocks))
