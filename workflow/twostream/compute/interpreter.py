"""The Python and the library that the workflow runs its steps with."""

import shlex
import sys
from pathlib import Path


def shell_words(conda: bool) -> str:
    """Return what a job's shell is told, so that `python -m twostream.steps.NAME` means this library and Python.

    With `conda` the Python is that of the job's own environment. Snakemake takes braces for the names of values.

    >>> shell_words(conda=True).split("=")[0]
    'export PYTHONPATH'
    """
    library = shlex.quote(str(Path(__file__).parents[2]))
    folder = shlex.quote(str(Path(sys.executable).parent))
    words = f"export PYTHONPATH={library}; " + ("" if conda else f'PATH={folder}:"$PATH"; ')
    return words.replace("{", "{{").replace("}", "}}")
