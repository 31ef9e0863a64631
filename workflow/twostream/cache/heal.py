"""Small files of the cache that are damaged or gone, made again before a run is planned on them."""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from twostream import console
from twostream.cache import provenance, receipts
from twostream.files import atomic, records


def heal(artefacts: Iterable[Path]) -> None:
    """Look at the small files that belong to each of the `artefacts`, and make again what is not as it was written.

    An artefact that is small itself, JSON, is set aside where it is damaged: the workflow makes it anew. Large ones
    are verified by the steps that read them.
    """
    for artefact in artefacts:
        if artefact.is_file():
            _heal(artefact)


def _heal(artefact: Path) -> None:
    receipt = receipts.read(artefact)
    if receipt is None:
        return
    if artefact.suffix == ".json" and provenance.is_changed(artefact):
        damaged = records.quarantine(artefact)
        console.warn(artefact, "is damaged and made anew" if damaged else "is damaged, and cannot be renamed")
        return
    for name, text in receipt.texts.items():
        _restore(artefact.with_name(name), text)


def _restore(file: Path, text: str) -> None:
    """Write `text` to `file` where it holds something else."""
    if atomic.is_text(file, text):
        return
    if file.exists():
        records.quarantine(file)
        console.warn(file, "is damaged, and made again of what the artefact's receipt holds")
    with suppress(OSError):
        atomic.write_text(file, text)
