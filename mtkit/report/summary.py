"""What a report says at its head, in words and figures."""

from __future__ import annotations

from collections.abc import Iterator

from mtkit.report.contents import Contents, Tested

ARCHITECTURES = {
    "lstm": "An LSTM (fixed vector)",
    "lstm-attention": "An LSTM (with attention)",
    "transformer": "A Transformer",
}
LOGGED = "time", "threads", "machine", "python", "torch", "mtkit", "commit"  # when it began
SHORT = {"parameters": "{:,}", "minutes": "{:.1f}", "tokens_per_second": "{:,}"}


def lede(contents: Contents) -> str:
    """One sentence: what is this?"""
    card = contents.card
    what = ARCHITECTURES[card.model.architecture]
    if parameters := card.history.get("parameters"):
        what += f" with {parameters / 1e6:.1f} million parameters"
    pairs = sum(found.pairs for found in card.data if found.role == "train")
    learnt = f", learnt from {pairs:,} sentence pairs" if pairs else ""
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
    if "parameters" in history:
        yield "Parameters", f"{history['parameters'] / 1e6:.2f} M", f"{history['parameters']:,}"
    if "minutes" in history:
        yield "Training", f"{history['minutes']:.1f} min", f"{history.get('step', 0):,} steps"


def examples_note(contents: Contents) -> str:
    """Where the sentences come from."""
    own = sum(one.reference is None for one in contents.examples)
    said = [f"The first {own} are your own." if own > 1 else "The first is your own."] * bool(own)
    if len(contents.examples) > own:
        said.append(
            "They are spread evenly from the best to the worst translation of the test set, by "
            "chrF; none was chosen by hand."
            if isinstance(contents.tested, Tested)
            else "They are samples of the validation set, from the log."
        )
    return "  ".join(said)


def happened(contents: Contents) -> Iterator[tuple[str, str]]:
    """How the model came to be: from the card and from the log."""
    for name, value in contents.card.history.items():
        yield name, SHORT.get(name, "{}").format(listed(value))
    for name in LOGGED:
        if (value := contents.history.start.get(name)) is not None:
            yield name, str(value)


def listed(value: object) -> object:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else value
