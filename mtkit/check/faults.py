"""What can be wrong with a corpus, how bad it is, and what can be done about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

ERROR, WARNING, NOTE = "error", "warning", "note"  # an error spoils training or its scores
DROP, MEND, KEEP = "dropped", "mended", "kept"  # by --fix: the pair, its text, nothing


@dataclass(frozen=True)
class Fault:
    """A kind of fault."""

    name: str
    severity: str
    remedy: str
    advice: str


def _fault(name: str, severity: str, remedy: str, advice: str) -> Fault:
    return Fault(name, severity, remedy, advice)


COUNTS = _fault(
    "line counts differ", ERROR, KEEP,
    "line n of one file must be the translation of line n of the other",
)  # fmt: skip
NO_LINES = _fault("no lines", ERROR, KEEP, "give files with a sentence on each line")
SLIP = _fault(
    "sides slip", ERROR, DROP,
    "lines are missing here: from here on, each line stands beside another one's translation",
)  # fmt: skip
UNRELATED = _fault(
    "sides unrelated", WARNING, KEEP,
    "long lines do not go with long lines: is line n the translation of line n?",
)  # fmt: skip
NO_TAB = _fault("no tab", ERROR, DROP, "each line must be: source sentence, tab, target sentence")
NOT_UTF8 = _fault(
    "not UTF-8", ERROR, DROP, "convert the file, for example: iconv -f latin1 -t utf-8 FILE"
)
SIDE_LANGUAGE = _fault(
    "side in another language", ERROR, KEEP,
    "most lines are not in the language of the file's name: are the files swapped?",
)  # fmt: skip
LEAK = _fault("held-out pair in train", ERROR, DROP, "scores on pairs seen in training say nothing")
LEAKED_SIDE = _fault(
    "held-out sentence in train", WARNING, DROP,
    "one side of a held-out pair, or the pair but for case, digits or marks, is trained on",
)  # fmt: skip
NEAR_LEAK = _fault(
    "nearly held out", NOTE, KEEP, "almost the same pair is in train and in a held-out set"
)
EMPTY = _fault("empty side", WARNING, DROP, "nothing can be learnt from it; training leaves it out")
NUL = _fault("NUL character", WARNING, MEND, "it is no text, and ends a line in some programs")
CONTROL = _fault("control character", WARNING, MEND, "it is no text; training sees a space")
SEPARATOR = _fault(
    "line separator", WARNING, MEND, "some programs count another line here (U+2028, 2029, 0085)"
)
RETURN = _fault("carriage return", WARNING, MEND, "some programs count another line here")
WINDOWS = _fault("Windows line end", NOTE, MEND, "\\r before \\n; mtkit does not count it as text")
MARK = _fault("byte-order mark", NOTE, MEND, "at the beginning; mtkit does not count it as text")
INNER_MARK = _fault(
    "byte-order mark inside", WARNING, MEND, "invisible; files with a mark were joined here"
)
REPLACEMENT = _fault(
    "lost characters", WARNING, DROP, "U+FFFD stands where an earlier program could not decode"
)
MOJIBAKE = _fault("mojibake", WARNING, MEND, "UTF-8 that was once read in another encoding")
COPY = _fault("untranslated copy", WARNING, DROP, "both sides are the same; it teaches to copy")
LANGUAGE = _fault("wrong language", WARNING, DROP, "the line is in another language")
SWAPPED = _fault("swapped sides", WARNING, DROP, "each side is in the language of the other")
RATIO = _fault(
    "extreme length ratio", WARNING, DROP, "one side is far longer than pairs of this corpus are"
)
TOO_LONG = _fault("longer than the model", WARNING, DROP, "training leaves such pairs out")
UNKNOWN = _fault(
    "unknown character", WARNING, KEEP, "the tokenizer has no piece for it: it is learnt as <unk>"
)
DUPLICATE = _fault("duplicate pair", NOTE, DROP, "the same pair stands further up")
NEAR_DUPLICATE = _fault(
    "near-duplicate pair", NOTE, KEEP, "the same further up, but for case, digits or marks"
)

FAULTS = (
    COUNTS, NO_LINES, SLIP, UNRELATED, NO_TAB, NOT_UTF8, SIDE_LANGUAGE, LEAK, LEAKED_SIDE,
    NEAR_LEAK, EMPTY, NUL, CONTROL, SEPARATOR, RETURN, WINDOWS, MARK, INNER_MARK, REPLACEMENT,
    MOJIBAKE, COPY, LANGUAGE, SWAPPED, RATIO, TOO_LONG, UNKNOWN, DUPLICATE, NEAR_DUPLICATE,
)  # fmt: skip


class Hit(NamedTuple):
    """A fault in a block of pairs."""

    fault: Fault
    row: int  # of the pair in the block, from 0
    side: int | None = None  # 0 source, 1 target, None the pair
    detail: str = ""


Hits = Iterable[Hit]
