"""The fingerprint of this machine's decoder, for planning: taken by another process, and remembered in the cache."""

import json
import subprocess
import sys
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import twostream
from twostream.cache import environment, keys, stages
from twostream.files import records
from twostream.videos import fingerprint
from twostream.videos.fingerprint import Fingerprint

UNKNOWN = Fingerprint(bits="", reads="", version="")
"""The fingerprint where this Python cannot decode."""

LIBRARIES = ("av", "opencv-contrib-python-headless", "numpy")
"""The distributions that make a frame."""


def find(cache_root: Path, remember: bool = False) -> Fingerprint:
    """Return the fingerprint, remembered in the cache or new; with `remember`, a new one is noted there."""
    file, made_with = memory_file(cache_root), _made_with()
    known = records.read(file, _from_record, "decoding is tried again") or {}
    if made_with in known:
        return known[made_with]
    taken = _take()
    if remember and made_with and taken != UNKNOWN:
        _note(file, made_with, taken)
    return taken


def memory_file(cache_root: Path) -> Path:
    """Return the file of the cache that holds the fingerprints of all machines that used it."""
    return stages.INDEX.parent(cache_root) / "decoders.json"


def _made_with() -> str:
    """Return a digest of all that a fingerprint depends on, or an empty text where a library's version is unknown."""
    versions = [environment.version(name) for name in LIBRARIES]
    if None in versions:
        return ""
    references = [keys.file_digest(path) for path in sorted(fingerprint.REFERENCES.iterdir())]
    ours = (twostream.__version__, stages.EXTRACT_FRAMES.version, stages.INDEX.version)
    return keys.digest(str([versions, environment.processor(), ours, references]))


def _take() -> Fingerprint:
    library = str(Path(twostream.__file__).parents[1])
    code = "import runpy, sys; sys.path.insert(0, sys.argv[1]); runpy.run_module(sys.argv[2], run_name='__main__')"
    command = [sys.executable, "-c", code, library, fingerprint.__name__]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return UNKNOWN
    return Fingerprint(**json.loads(done.stdout.splitlines()[-1]))


def _from_record(stored: dict[str, Any]) -> dict[str, Fingerprint]:
    return {made_with: Fingerprint(**taken) for made_with, taken in stored.items()}


def _note(file: Path, made_with: str, taken: Fingerprint) -> None:
    """Write the fingerprint down. Where the cache may not be written to, the next survey takes it again."""
    with suppress(OSError):
        known = (records.read(file, _from_record, "it is begun anew") or {}) | {made_with: taken}
        records.write(file, {name: asdict(fingerprint) for name, fingerprint in known.items()})
