"""The fingerprint of this machine's decoder, for planning: taken by another process, and remembered in the cache."""

from pathlib import Path
from typing import Any

from twostream.cache import environment, keys, measurement, stages
from twostream.files import records
from twostream.videos import fingerprint
from twostream.videos.fingerprint import Fingerprint

UNKNOWN = Fingerprint(bits="", reads="", version="")
"""The fingerprint where this Python cannot decode."""


def find(cache_root: Path, remember: bool = False) -> Fingerprint:
    """Return the fingerprint, remembered in the cache or new; with `remember`, a new one is noted there."""
    versions = (environment.version("av"), environment.opencv(), environment.version("numpy"))
    references = [keys.file_digest(path) for path in sorted(fingerprint.REFERENCES.iterdir())]
    ours = (stages.EXTRACT_FRAMES.version, stages.INDEX.version, references)
    depends_on = measurement.dependencies(versions, *ours)
    file = memory_file(cache_root)
    return measurement.find(file, fingerprint.__name__, (), depends_on, _build, remember) or UNKNOWN


def memory_file(cache_root: Path) -> Path:
    """Return the file of the cache that holds the fingerprints of all machines that used it."""
    return stages.INDEX.parent(cache_root) / "decoders.json"


def _build(fields: dict[str, Any]) -> Fingerprint:
    return records.build(Fingerprint, fields)
