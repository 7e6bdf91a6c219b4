"""The pass over a corpus, in which each check is asked about each block of pairs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from mtkit.check.characters import mojibake, odd_characters
from mtkit.check.duplicates import Duplicates
from mtkit.check.extras import INSTALL, identifier, repairer
from mtkit.check.faults import COUNTS, NO_LINES, NO_TAB, SIDE_LANGUAGE, SLIP, UNRELATED, Hits
from mtkit.check.language import Identify, Languages, Side, kin
from mtkit.check.leakage import HeldOut, held_out
from mtkit.check.pairs import Ratios, copies, empty_sides, extreme_ratios
from mtkit.check.pieces import Pieces, Words
from mtkit.check.pinning import Slip, align
from mtkit.check.reading import Block, Text, blocks, lines_without_tab, require_files
from mtkit.check.report import Part, Report
from mtkit.corpus import Corpus
from mtkit.tokenizer import Tokenizer

SAMPLE = 10_000  # pairs of a bitext from which is learnt what is usual in it

Check = Callable[[Block], Hits]
Shown = Callable[[Iterable[Block], str, int], Iterable[Block]]  # blocks, what is done, how many


@dataclass(frozen=True)
class Settings:
    """positions: of the model; tokenizer: None, if there is none yet."""

    positions: int
    tokenizer: Tokenizer | None = None


def inspect(corpus: Corpus, settings: Settings, shown: Shown) -> Report:
    """All that is found in all splits.  Errors: MtkitError for a file that cannot be read."""
    inspection = Inspection(corpus, settings, shown)
    inspection.run()
    return inspection.report


class Inspection:
    def __init__(self, corpus: Corpus, settings: Settings, shown: Shown) -> None:
        self.corpus, self.settings, self.shown = corpus, settings, shown
        self.report = Report(corpus.pair)
        self.repaired = repairer()
        self.identify = self._identifier()
        if self.repaired is None:
            self.report.skipped.append(f"mojibake: {INSTALL}")
        if settings.tokenizer is None:
            self.report.skipped.append(
                "unknown characters, lines of too many pieces: name --tokenizer"
            )

    def _identifier(self) -> Identify | None:
        languages = self.corpus.source_language, self.corpus.target_language
        found = identifier()
        if found is None:
            self.report.skipped.append(f"wrong languages: {INSTALL}")
            return None
        identify, known = found
        strange = [language for language in languages if not kin(language) & known]
        if strange:
            names = " and ".join(f"`{language}`" for language in strange)
            self.report.skipped.append(f"wrong languages: the identifier does not know {names}")
        return None if strange else identify

    def run(self) -> None:
        splits = sorted(self.corpus.splits, key=lambda split: split != "train")
        for split in splits:
            for files in self.corpus.splits[split]:
                require_files(files)
                self.report.parts.append(Part(split, files, align(files)))
        held = self._held_out() if splits[0] == "train" else None
        duplicates = {split: Duplicates() for split in splits}
        for part in self.report.parts:
            leaks = [held.leaks] if held and part.split == "train" else []
            self._look_at(part, [*leaks, duplicates[part.split]])

    def _held_out(self) -> HeldOut | None:
        parts = [part for part in self.report.parts if part.split != "train"]
        sets = ((part.split, self._blocks(part)) for part in parts)
        return held_out(sets) if parts else None

    def _blocks(self, part: Part) -> Iterator[Block]:
        return blocks(part.files, part.alignment.segments)

    def _look_at(self, part: Part, of_the_split: list[Check]) -> None:
        self._files(part)
        checks = [*self._checks(part), *of_the_split]
        slips = {slip.source + 1: slip for slip in part.alignment.slips}
        size = sum(-(-segment.pairs // 1000) for segment in part.alignment.segments)
        for block in self.shown(self._blocks(part), part.name, size):
            if slip := slips.pop(block.sides[0].first, None):
                self._slip(part, slip, tuple(text.lines[0] for text in block.sides))
            for check in checks:
                for hit in check(block):
                    self.report.add(part, hit, block)
        for slip in slips.values():  # at the end
            self._slip(part, slip, ())

    def _checks(self, part: Part) -> list[Check]:
        """Those that every block of the part is asked, given what is usual in it."""
        sample = self._sample(part)
        tokenizer, positions = self.settings.tokenizer, self.settings.positions
        checks: list[Check] = [odd_characters, empty_sides, copies]
        checks.append(extreme_ratios(Ratios.of(sample.pairs)))
        checks.append(Pieces(tokenizer, positions) if tokenizer else Words(positions))
        if self.repaired:
            checks.append(mojibake(self.repaired))
        if self.identify:
            checks += self._languages(part, sample, self.identify)
        return checks

    def _languages(self, part: Part, sample: Block, identify: Identify) -> list[Check]:
        languages = self.corpus.source_language, self.corpus.target_language
        sides = [
            Side.of(text.lines, language, identify)
            for text, language in zip(sample.sides, languages, strict=True)
        ]
        foreign = [side for side in (0, 1) if sides[side].is_foreign]
        for side in foreign:
            detail = f"looks like `{sides[side].main}`, not `{languages[side]}`"
            self.report.tell(part, SIDE_LANGUAGE, 1, side, detail)
        return [] if foreign else [Languages((sides[0], sides[1]), identify)]

    def _sample(self, part: Part) -> Block:
        """Every n-th pair."""
        step = -(-sum(segment.pairs for segment in part.alignment.segments) // SAMPLE) or 1
        raw: tuple[list[bytes], list[bytes]] = [], []
        seen = 0
        for block in self._blocks(part):
            for side in (0, 1):
                raw[side].extend(block.sides[side].raw[-seen % step :: step])
            seen += len(block.sides[0].raw)
        whole = [[line.removesuffix(b"\n") + b"\n" for line in side] for side in raw]
        return Block((Text(whole[0], 2), Text(whole[1], 2)))

    def _files(self, part: Part) -> None:
        """What is wrong with two files as a whole."""
        lines = part.alignment.lines
        if lines[0] != lines[1]:
            detail = f"{lines[0]:,} and {lines[1]:,} lines"
            self.report.tell(part, COUNTS, min(lines) + 1, None, detail)
        if not any(lines):
            self.report.tell(part, NO_LINES, 1)
        if part.alignment.unrelated:
            self.report.tell(part, UNRELATED, 1)
        for line in lines_without_tab(part.files):
            self.report.tell(part, NO_TAB, line)

    def _slip(self, part: Part, slip: Slip, texts: tuple[str, ...]) -> None:
        """At the line that is not there, with the first pair after it."""
        side = 0 if slip.missing > 0 else 1
        line = (slip.target if side else slip.source) + 1
        rest = (slip.source, slip.target)[1 - side]  # lines of the other side up to here
        missing = abs(slip.missing)
        first = f"{rest - missing + 1:,}"
        lines = f"line {first}" if missing == 1 else f"lines {first} to {rest:,}"
        detail = f"here is no translation of {part.file(1 - side).name}, {lines}"
        self.report.tell(part, SLIP, line, side, detail, texts)
