"""Subword pieces by SentencePiece (Kudo and Richardson, 2018)."""

from __future__ import annotations

import contextlib
import hashlib
import io
import random
import re
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

import sentencepiece

from mtkit.config import BOS, EOS, PAD, TOKENIZER_KINDS, UNK
from mtkit.errors import MtkitError

# What would end or hide part of a line in some other program: controls and line separators.
_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]")

_TAG = re.compile(r"<.+>")


def normalise(line: str) -> str:
    """Composed characters (NFC), and a space for each control character and line separator."""
    return _BREAKS.sub(" ", unicodedata.normalize("NFC", line))


class Tokenizer:
    """Text to ids and back.  Ids 0 to 3 are PAD, BOS, EOS and UNK in every vocabulary."""

    FILE_NAME = "tokenizer.model"  # in a model directory

    def __init__(self, model: bytes, name: str = "tokenizer") -> None:
        """model: the bytes of a SentencePiece file; name: what to call it in an error."""
        self.model = model
        self._processor = sentencepiece.SentencePieceProcessor()
        try:
            self._processor.LoadFromSerializedProto(model)
        except RuntimeError as error:
            raise MtkitError(
                f"`{name}` is not a SentencePiece model",
                "make one with `mtkit tokenize --fit FILES --out tok.model`",
            ) from error
        ids = [self._processor.PieceToId(piece) for piece in ("<pad>", "<s>", "</s>", "<unk>")]
        if ids != [PAD, BOS, EOS, UNK]:
            raise MtkitError(
                f"`{name}` numbers its special pieces otherwise than mtkit does",
                "make one with `mtkit tokenize --fit FILES --out tok.model`",
            )

    @classmethod
    def fit(
        cls,
        lines: Iterable[str],
        vocab_size: int,
        kind: str = TOKENIZER_KINDS[0],
        coverage: float | None = None,
        tags: Sequence[str] = (),
    ) -> Tokenizer:
        """Learn a vocabulary of `vocab_size` pieces; of kind char, of at most so many.

        coverage: the share of all characters that get a piece; by default 1, or 0.9995 for
        scripts of thousands of characters.  tags: names that get a piece of their own each.
        Errors: MtkitError for an empty text, or VocabularyTooLargeError.
        """
        text = [clean for line in lines if (clean := normalise(line).strip())]
        if not text:
            raise MtkitError("there is no text to learn a tokenizer from", "give other files")
        model = io.BytesIO()
        try:
            sentencepiece.SentencePieceTrainer.Train(
                sentence_iterator=iter(text),
                model_writer=model,
                vocab_size=vocab_size,
                model_type=kind,
                character_coverage=coverage or default_coverage(text),
                normalization_rule_name="identity",  # NFKC would make ASCII of Chinese commas
                pad_id=PAD, bos_id=BOS, eos_id=EOS, unk_id=UNK,
                max_sentence_length=1 << 16,  # bytes
                user_defined_symbols=[f"<{tag}>" for tag in tags],
                minloglevel=2,
            )  # fmt: skip
        except (RuntimeError, ValueError, SyntaxError) as error:  # the last two: not an int32
            raise _explained(str(error), vocab_size) from error
        return cls(model.getvalue())

    @classmethod
    def load(cls, path: Path) -> Tokenizer:
        """From a SentencePiece file, or from a model directory that holds one."""
        file = path / cls.FILE_NAME if path.is_dir() else path
        try:
            return cls(file.read_bytes(), str(file))
        except OSError as error:
            raise MtkitError(
                f"`{file}` cannot be read: {error.strerror}",
                "make a tokenizer with `mtkit tokenize --fit FILES --out tok.model`",
            ) from error

    @property
    def vocab_size(self) -> int:
        return int(self._processor.GetPieceSize())

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.model).hexdigest()

    def encode(self, line: str) -> list[int]:
        """A line to ids, without BOS and EOS."""
        return list(self._processor.EncodeAsIds(normalise(line)))

    def encode_lines(self, lines: Sequence[str]) -> list[list[int]]:
        """`encode` for each line, on all cores."""
        text = [normalise(line) for line in lines]
        return list(self._processor.Encode(text, out_type=int))

    def pieces(self, line: str) -> list[str]:
        """A line to pieces; `▁` marks the beginning of a word."""
        return list(self._processor.EncodeAsPieces(normalise(line)))

    def ids(self, pieces: Sequence[str]) -> list[int]:
        """The id of each piece, UNK of what is none: what `encode` gives for `pieces`."""
        return list(self._processor.PieceToId(list(pieces)))

    def sample(self, line: str, alpha: float) -> list[int]:
        """One of the many ways to cut a line: subword regularisation (Kudo, 2018; BPE: Provilkov
        et al., 2020).  The smaller alpha, the more varied for unigram, the less for BPE."""
        return self.sample_lines([line], alpha, random.randrange(2**31))[0]

    def sample_lines(self, lines: Sequence[str], alpha: float, seed: int) -> list[list[int]]:
        """`sample` for each line; the seed alone decides what is drawn."""
        sentencepiece.set_random_generator_seed(seed)
        text = [normalise(line).strip() for line in lines]
        found: list[list[int]] = [[]] * len(text)
        with contextlib.suppress(RuntimeError):  # sentencepiece 0.2.1 gives no pieces instead
            found = self._processor.Encode(  # with threads of its own, which start from the seed
                text, enable_sampling=True, nbest_size=-1, alpha=alpha, num_threads=1
            )
        if any(line and not ids for line, ids in zip(text, found, strict=True)):
            raise MtkitError(
                "this tokenizer cannot sample: it cuts a line in one way only",
                "leave the sampling out, or learn a tokenizer of kind unigram or bpe",
            )
        return found

    def tag(self, name: str) -> int:
        """The id of a tag.  Errors: MtkitError if the tokenizer was learnt without it."""
        token = int(self._processor.PieceToId(f"<{name}>"))
        if token == UNK:
            raise MtkitError(
                f"the tokenizer has no tag `{name}`",
                "tags are learnt with it: mtkit train --data PATH:WEIGHT:TAG, without --tokenizer",
            )
        return token

    def piece(self, token: int) -> str:
        return str(self._processor.IdToPiece(token))

    def surfaces(self) -> list[str]:
        """The text of each piece, with `▁` for a space; nothing for one that is no text."""
        tokens = range(self.vocab_size)
        special = [self._processor.IsControl(t) or self._processor.IsUnknown(t) for t in tokens]
        pieces = [self.piece(token) for token in tokens]
        return [
            "" if odd or _TAG.fullmatch(piece) else piece
            for odd, piece in zip(special, pieces, strict=True)
        ]

    def decode(self, ids: Sequence[int]) -> str:
        """Ids to detokenised text; special ids vanish, an unknown piece becomes `⁇`."""
        return str(self._processor.DecodeIds(list(ids))).strip()

    def decode_pieces(self, pieces: Sequence[str]) -> str:
        return str(self._processor.DecodePieces(list(pieces))).strip()


class VocabularyTooLargeError(MtkitError):
    """The text does not hold as many pieces as were asked for; `largest` is what it holds."""

    def __init__(self, vocab_size: int, largest: int) -> None:
        self.largest = largest
        super().__init__(
            f"the text is too small for a vocabulary of {vocab_size:,} pieces",
            f"the largest that works here is --vocab-size {largest}",
        )


def default_coverage(lines: Sequence[str]) -> float:
    """1, or 0.9995 for a text in a script of thousands of characters, as SentencePiece advises."""
    return 0.9995 if len(set().union(*lines)) > 1000 else 1.0


def _explained(message: str, vocab_size: int) -> MtkitError:
    """SentencePiece's complaint, in the user's terms."""
    if match := re.search(r"value <= (\d+)", message):
        return VocabularyTooLargeError(vocab_size, int(match[1]))
    if match := re.search(r"smaller than required_chars\. \d+ vs (\d+)", message):
        return MtkitError(
            f"a vocabulary of {vocab_size:,} pieces cannot hold every character of the text",
            f"the smallest that works here is --vocab-size {match[1]}; or lower --coverage",
        )
    return MtkitError(f"SentencePiece could not learn from this text: {message}", "give more text")
