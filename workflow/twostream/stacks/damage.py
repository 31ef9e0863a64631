"""What happens to a stored file that turns out damaged: it is put in quarantine, and the error names it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from twostream.cache import kept
from twostream.errors import RERUN, InputError
from twostream.files import hdf5
from twostream.files.quarantine import quarantine


@contextmanager
def quarantine_if_damaged(file: Path, part: str, linked_from: Path | None = None) -> Iterator[None]:
    """Turn damage met in reading `part` of `file` into an InputError, and take the file out of use.

    So is the file that leads to it, `linked_from`: the next run makes both anew, and verifies the shards that it links.
    Trouble of the system (too many open files, a lock, a disk that fails) is an InputError too, and leaves the files
    where they are.
    """
    try:
        yield
    except hdf5.DAMAGE as error:
        hdf5.raise_if_system_error(file, error)
        quarantine(file)
        if linked_from:
            quarantine(linked_from)
            kept.forget(linked_from)
        fault = "of another key" if isinstance(error, hdf5.OtherKeyError) else "missing or damaged"
        raise InputError(file, f"{part} is {fault}", RERUN) from error
