"""What of a line counts when two are compared."""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Sequence

_IGNORED = (string.punctuation + string.digits + string.whitespace.replace("\n", "")).encode()
_MARKS = re.compile(r"[\u00a1-\u00bf\u2010-\u2060\u3001-\u303f\uff01-\uff0f]")
_DENSE = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_ANY_DENSE = re.compile(f"[{_DENSE}]")  # Thai to Khmer, kana, Han: scripts without spaces
_UNIT = re.compile(rf"[{_DENSE}]|[^\s{_DENSE}]+")
_PUNCTUATION = re.compile(r"[!\"#$%&()*+,./:;<=>?@\[\]\\^_`{|}~\u00a1-\u00bf\u2010-\u2060]")
_NO_PUNCTUATION = str.maketrans(dict.fromkeys('!"#$%&()*+,./:;<=>?@[]\\^_`{|}~', " "))


def key_lines(lines: Sequence[str]) -> list[bytes]:
    """The lines after NFKC and case folding, without digits, punctuation and spaces."""
    if not lines:
        return []
    text = unicodedata.normalize("NFKC", "\n".join(lines)).casefold()
    if not text.isascii():
        text = _MARKS.sub("", text)
    return text.encode(errors="replace").translate(None, _IGNORED).split(b"\n")


def plain_words(lines: Sequence[str]) -> list[list[str]]:
    """The words of each line in lower case, without marks around them; of scripts without spaces,
    the characters."""
    if not lines:
        return []
    text = "\n".join(lines).lower()
    if _ANY_DENSE.search(text) and len(_UNIT.findall(text)) > 2 * len(text.split()):
        return [_UNIT.findall(line) for line in text.split("\n")]
    bare = text.translate(_NO_PUNCTUATION) if text.isascii() else _PUNCTUATION.sub(" ", text)
    return [line.split() for line in bare.split("\n")]
