"""Small files of the cache that are damaged or gone, made again before a run is planned on them."""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from twostream import console
from twostream.cache import kept, keys, provenance, receipts
from twostream.cache.receipts import Receipt
from twostream.errors import InputError
from twostream.files import atomic, records

WHERE_NEEDED = "it is set aside, and made anew where it is needed"


def heal(artefacts: Iterable[Path]) -> None:
    """Look at the small files that belong to each of the `artefacts`, and make again what is not as it was written.

    An artefact that is small itself, JSON, is set aside where it is damaged: the workflow makes it anew. So is one that
    names other files, the demo's videos, where one of these is damaged, and with it what was made from them. Large ones
    are verified by the steps that read them. `artefacts` stand behind what they are made from.
    """
    outdated: list[Path] = []
    for artefact in artefacts:
        if artefact.is_dir():
            _set_aside(artefact, "is a folder")
        elif artefact.is_file():
            _heal(artefact, outdated)


def _heal(artefact: Path, outdated: list[Path]) -> None:
    """Heal one artefact; add its folder to those `outdated` where what it names is to be made anew."""
    receipt = receipts.read(artefact)
    if receipt is None:
        return
    damaged = _damaged_part(artefact, receipt)
    if damaged or (outdated and _rests_on(artefact, outdated)):
        problem = f"names {damaged}, which is damaged or gone" if damaged else "is made of what is damaged"
        if _set_aside(artefact, problem):
            kept.forget(artefact)  # It is whole, and is to be made anew all the same.
            outdated.append(artefact.parent)
    elif artefact.suffix == ".json" and provenance.is_changed(artefact):
        _set_aside(artefact, "is damaged")
    else:
        for name, text in receipt.texts.items():
            _restore(artefact.with_name(name), text)


def _set_aside(artefact: Path, problem: str) -> bool:
    """Rename `artefact` out of use, with a warning that tells the `problem`; return whether that can be done."""
    is_aside = records.rename_damaged(artefact) is not None
    console.warn(artefact, f"{problem}: {WHERE_NEEDED if is_aside else 'it cannot be renamed'}")
    return is_aside


def _damaged_part(artefact: Path, receipt: Receipt) -> str:
    """Return the first file made with `artefact` that is not what was written, an empty text where all are."""
    folder = artefact.parent
    return next((name for name, digest in receipt.parts.items() if not _is_whole(folder / name, digest)), "")


def _is_whole(file: Path, digest: str) -> bool:
    return file.is_file() and keys.file_digest(file, len(digest)) == digest


def _rests_on(artefact: Path, folders: Iterable[Path]) -> bool:
    """Return whether `artefact` was made of something in one of the `folders`."""
    record = provenance.read(artefact.parent)
    inputs = [os.path.normpath(artefact.parent / path) for path in record.get("inputs", ())]
    return any(Path(path).is_relative_to(os.path.normpath(folder)) for folder in folders for path in inputs)


def _restore(file: Path, text: str) -> None:
    """Write `text` to `file` where it holds something else."""
    if atomic.is_text(file, text):
        return
    if file.exists():
        records.rename_damaged(file)
        console.warn(file, "is damaged, and made again of what the artefact's receipt holds")
    with suppress(OSError, InputError):  # On a full disk too, what is whole serves.
        atomic.write_text(file, text)
