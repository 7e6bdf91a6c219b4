"""What the log holds, a second time for TensorBoard."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from mtkit import distributed
from mtkit.errors import MtkitError
from mtkit.events import Event, Progress, Sample, Validation

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

FLUSH_EVERY = 10  # seconds; a person may be watching


def check_installed() -> None:
    """Errors: MtkitError if TensorBoard cannot be used; better known before training."""
    try:
        import torch.utils.tensorboard  # noqa: F401
    except ImportError as error:
        raise MtkitError(
            f"--tensorboard needs TensorBoard: {error}", "type: pip install 'mtkit[tensorboard]'"
        ) from error


def mirrored(events: Iterable[Event], folder: Path, step: int) -> Iterator[Event]:
    """The events as they are, while their figures go to `folder`.

    step: where the run goes on; what an earlier attempt mirrored after it is forgotten.
    Of several processes, only the first one writes.
    """
    if distributed.rank() > 0:
        yield from events
        return
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(folder, purge_step=step + 1, flush_secs=FLUSH_EVERY) as writer:
        for event in events:
            if isinstance(event, Progress | Validation):
                write(writer, event)
            yield event


def write(writer: SummaryWriter, event: Progress | Validation) -> None:
    kind = type(event).__name__.lower()
    for name, value in asdict(event).items():
        if isinstance(value, int | float) and name != "step":
            writer.add_scalar(f"{kind}/{name}", value, event.step)
    if isinstance(event, Validation):
        if event.samples:
            writer.add_text(f"{kind}/samples", as_text(event.samples), event.step)
        if event.trouble:
            writer.add_text(f"{kind}/trouble", event.trouble, event.step)


def as_text(samples: Iterable[Sample]) -> str:
    """Markdown that shows the sentences as they are."""
    return "\n    \n".join(
        f"    source     {sample.source}\n"
        f"    reference  {sample.reference}\n"
        f"    model      {sample.hypothesis}"
        for sample in samples
    )
