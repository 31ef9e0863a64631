"""The receipt of an artefact, a file beside it: what it cost, its checksum, what made it, and small files made with it.

A receipt that is damaged is made again, without what cannot be known any more.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from twostream.cache import kept, keys, stages
from twostream.errors import InputError
from twostream.files import records

LOST = "the artefact is taken as it is, and what it cost is left out"


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """The `seconds` and `bytes` that an artefact cost, and the SHA-256 of its file.

    `seconds` is None where it is not known. `provenance` is what made it, as `provenance.json` says it of the folder.
    `texts` are the contents of the small files that were made with it, by their names.
    """

    seconds: float | None
    bytes: int
    sha256: str
    provenance: Mapping[str, Any] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)


def path(output: Path) -> Path:
    """Return where the receipt of the artefact `output` stands."""
    return output.with_suffix(".cost.json")


def write(output: Path, seconds: float | None, provenance: Mapping[str, Any], files: Sequence[Path] = ()) -> None:
    """Write the receipt of the artefact `output`; `files` are small ones that were made with it and lie beside it."""
    receipt = Receipt(
        seconds=None if seconds is None else round(seconds, 2),
        bytes=output.stat().st_size,
        sha256=keys.file_digest(output, 64),
        provenance=provenance,
        texts={file.name: file.read_text(encoding="utf-8") for file in files if file.is_file()},
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


def correct(output: Path, sha256: str) -> None:
    """Write the checksum of `output` in its receipt, of which the rest stays; a cache of others stays as it is."""
    known = read(output) or Receipt(seconds=None, bytes=output.stat().st_size, sha256="")
    with suppress(OSError, InputError):
        if known.sha256 != sha256:
            records.write(path(output), asdict(replace(known, sha256=sha256)))


def in_folder(folder: Path) -> dict[Path, Receipt]:
    """Return every receipt in the `folder` of a key by its artefact's path without the suffix."""
    stage = stages.STAGES.get(folder.parent.name)
    if stage is None:
        return {}
    suffix = Path(stage.artefact).suffix
    stems = [file.with_name(file.name.removesuffix(".cost.json")) for file in sorted(folder.glob("*.cost.json"))]
    by_stem = {stem: read(stem.with_name(stem.name + suffix)) for stem in stems}
    return {stem: receipt for stem, receipt in by_stem.items() if receipt}


def _from_record(record: dict[str, Any]) -> Receipt:
    receipt = Receipt(**{name: record[name] for name in Receipt.__annotations__ if name in record})
    if not (isinstance(receipt.sha256, str) and isinstance(receipt.bytes, int)):
        raise TypeError("it holds no checksum of the artefact")
    if not isinstance(receipt.seconds, (int, float, type(None))):
        raise TypeError("its seconds are no number")
    return receipt
