"""What an option needs of the libraries that a smaller installation lacks: known before any work."""

from importlib.util import find_spec

from twostream.errors import InputError


def check(option: str, library: str, extra: str) -> None:
    """Raise InputError where the `library` that `option` needs is not installed; the `extra` of twostream has it."""
    if find_spec(library) is None:
        problem = f"needs {library}, which is not installed"
        raise InputError(option, problem, f"install the extra `{extra}` of twostream (README, Only a part of it)")
