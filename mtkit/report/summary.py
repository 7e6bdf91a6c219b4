"""What a report says at its head, in words and figures."""

from __future__ import annotations

from collections.abc import Iterator

from mtkit.report.contents import Contents, Tested
from mtkit.report.examples import LONGEST
from mtkit.wording import counted

ARCHITECTURES = {
    "lstm": "An LSTM (fixed vector)",
    "lstm-attention": "An LSTM (with attention)",
    "transformer": "A Transformer",
}
LOGGED = "time", "threads", "machine", "python", "torch", "mtkit", "commit"  # when it began
MILLION = 1_000_000
SHORT = {"parameters": "{:,}", "minutes": "{:.1f}", "tokens_per_second": "{:,}"}


def lede(contents: Contents) -> str:
    """One sentence: what is this?"""
    card = contents.card
    what = ARCHITECTURES[card.model.architecture]
    if parameters := card.history.get("parameters"):
        millions = f"{parameters / MILLION:.1f} million parameters"
        what += f" with {millions if parameters >= MILLION else counted(parameters, 'parameter')}"
    pairs = sum(found.pairs for found in card.data if found.role == "train")
    learnt = f", learnt from {counted(pairs, 'sentence pair')}" if pairs else ""
    return f"{what} that translates {card.source_language} to {card.target_language}{learnt}."


def unfinished(contents: Contents) -> str:
    """Of a run that did not come to its end, or has not yet."""
    step = contents.card.history.get("step")
    where = f" so far, of step {step:,}" if step else " so far"
    why = "was interrupted" if contents.history.ended else "has not come to its end"
    return f"Training {why}: this is the best model{where}."


def tiles(contents: Contents) -> Iterator[tuple[str, str, str]]:
    """(name, value, what it is of) of the figures that are looked for first"""
    history = contents.card.history
    rows = contents.rows
    if rows:
        for metric in ("BLEU", "chrF2"):
            if (value := rows[0].value(metric)) is not None:
                yield metric, f"{value:.2f}", f"on {rows[0].short}"
    elif "valid_bleu" in history:
        yield "BLEU", f"{history['valid_bleu']:.2f}", "on the validation set, in training"
    if "valid_perplexity" in history:
        yield "Perplexity", f"{history['valid_perplexity']:,.2f}", "on the validation set"
    if parameters := history.get("parameters"):
        millions = f"{parameters / MILLION:.2f} M", f"{parameters:,}"
        yield "Parameters", *(millions if parameters >= MILLION else (f"{parameters:,}", ""))
    if "minutes" in history:
        yield "Training", f"{history['minutes']:.1f} min", f"{history.get('step', 0):,} steps"


def examples_note(contents: Contents) -> str:
    """Where the sentences come from."""
    own = sum(one.reference is None for one in contents.examples)
    said = [f"The first {own} are your own." if own > 1 else "The first is your own."] * bool(own)
    others = len(contents.examples) - own
    if others:
        who = ["It is", "They are", "The other is", "The others are"][2 * bool(own) + (others > 1)]
        said.append(f"{who} {origin(contents, others)}")
    return "  ".join(said)


def origin(contents: Contents, count: int) -> str:
    """Of so many sentences that are not the user's own."""
    many = count > 1
    if not isinstance(contents.tested, Tested):
        return f"{'samples' if many else 'a sample'} of the validation set, from the log."
    if contents.tested.row.sentences == 1:
        return "the only one of the test set."
    place = "spread evenly from the best to" if many else "in the middle between the best and"
    return (
        f"{place} the worst translation of the test set, by chrF; none was chosen by hand.  Lines "
        f"of more than {LONGEST} words are left out, if there are shorter ones."
    )


def happened(contents: Contents) -> Iterator[tuple[str, str]]:
    """How the model came to be: from the card and from the log."""
    for name, value in contents.card.history.items():
        yield name, SHORT.get(name, "{}").format(listed(value))
    for name in LOGGED:
        if (value := contents.history.start.get(name)) is not None:
            yield name, str(value)


def listed(value: object) -> object:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else value
