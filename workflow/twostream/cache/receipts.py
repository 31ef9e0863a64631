"""The receipt of an artefact, a file beside it: what it cost, its checksum, what made it, and small files made with it.

A receipt that is damaged is made again, without what cannot be known any more.
"""

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from twostream.cache import kept, keys, stages
from twostream.errors import InputError
from twostream.files import records

LOST = "the artefact is taken as it is, and what it cost is left out"
PROVENANCE = {"stage": str, "version": int, "key": str, "settings": object, "inputs": list, "versions": dict}
"""What every record of what made an artefact has, and of which kind."""


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """The `seconds` and `bytes` that an artefact cost, and the SHA-256 of its file.

    `seconds` is None where it is not known. `provenance` is what made it, as `provenance.json` says it of the folder.
    `texts` are the contents of the small files that were made with it, by their names; `parts` the SHA-256 of the files
    in the folders that were made with it, by their paths from its own folder.
    """

    seconds: float | None
    bytes: int
    sha256: str
    provenance: Mapping[str, Any] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[str, str] = field(default_factory=dict)


def path(output: Path) -> Path:
    """Return where the receipt of the artefact `output` stands."""
    return output.with_suffix(".cost.json")


def write(output: Path, seconds: float | None, provenance: Mapping[str, Any], files: Sequence[Path] = ()) -> None:
    """Write the receipt of the artefact `output`.

    `files` were made with it and lie beside it: of a small file the receipt keeps the text, of a folder the digests of
    what is in it.
    """
    parts = [part for folder in files for part in sorted(folder.rglob("[!.]*")) if part.is_file()]
    receipt = Receipt(
        seconds=None if seconds is None else round(seconds, 2),
        bytes=output.stat().st_size,
        sha256=keys.file_digest(output, 64),
        provenance=provenance,
        texts={file.name: file.read_text(encoding="utf-8") for file in files if file.is_file()},
        parts={file.relative_to(output.parent).as_posix(): keys.file_digest(file, 64) for file in parts},
    )
    records.write(path(output), asdict(receipt))


def read(output: Path) -> Receipt | None:
    """Return the receipt of `output`, None where there is none; a damaged one is made again, with a word."""
    was_there = path(output).is_file()
    receipt = records.read(path(output), _from_record, LOST)
    if receipt or not was_there or not output.is_file():
        return receipt
    (sha256, *_) = [*kept.digests(output), keys.file_digest(output, 64)]
    again = Receipt(seconds=None, bytes=output.stat().st_size, sha256=sha256)
    with suppress(OSError, InputError):
        records.write(path(output), asdict(again))
    return again


def correct(output: Path, sha256: str, provenance: Mapping[str, Any]) -> None:
    """Write the checksum of `output` in its receipt, of which the rest stays; a cache of others stays as it is.

    A receipt that is gone is written anew, with the `provenance` that its folder's record has.
    """
    size = output.stat().st_size
    receipt = read(output) or Receipt(seconds=None, bytes=size, sha256="", provenance=provenance)
    with suppress(OSError, InputError):
        if receipt.sha256 != sha256:
            records.write(path(output), asdict(replace(receipt, sha256=sha256)))


def in_folder(folder: Path) -> dict[Path, Receipt]:
    """Return every receipt in the `folder` of a key by its artefact's path without the suffix."""
    stage = stages.STAGES.get(folder.parent.name)
    if stage is None:
        return {}
    suffix = Path(stage.artefact).suffix
    stems = [file.with_name(file.name.removesuffix(".cost.json")) for file in sorted(folder.glob("*.cost.json"))]
    by_stem = {stem: read(stem.with_name(stem.name + suffix)) for stem in stems}
    return {stem: receipt for stem, receipt in by_stem.items() if receipt}


def checked(provenance: dict[str, Any]) -> dict[str, Any]:
    """Return the record `provenance`; raise an error of `records.OTHER_FORM` where it is of another form."""
    wrong = [name for name, kind in PROVENANCE.items() if not isinstance(provenance[name], kind)]
    if wrong or not all(isinstance(path, str) for path in provenance["inputs"]):
        raise TypeError(f"its {(*wrong, 'inputs')[0]} are of another kind")
    if provenance["stage"] not in stages.STAGES:
        raise ValueError("it names no stage")
    return provenance


def _from_record(record: dict[str, Any]) -> Receipt:
    receipt = Receipt(**{name: record[name] for name in Receipt.__annotations__ if name in record})
    if not (isinstance(receipt.sha256, str) and isinstance(receipt.bytes, int) and receipt.bytes >= 0):
        raise TypeError("it holds no checksum of the artefact")
    if receipt.seconds is not None and not 0 <= receipt.seconds < math.inf:
        raise ValueError("its seconds are no number")
    if receipt.provenance:
        checked(dict(receipt.provenance))
    if not all(isinstance(part, str) for pair in receipt.parts.items() for part in pair):
        raise TypeError("it holds no checksums of the files made with the artefact")
    for name, text in receipt.texts.items():
        if name != Path(name).name or name in ("", "..") or not isinstance(text, str):
            raise ValueError("it holds no text of a file beside the artefact")
    return receipt
