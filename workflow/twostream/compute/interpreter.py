"""The Python and the library that the workflow runs its steps with."""

import os
import sys
from pathlib import Path


def run_from_here() -> None:
    """Let `python -m twostream.steps.NAME` mean this Python and this library, activated or not."""
    library = Path(__file__).parents[2]
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    os.environ["PYTHONPATH"] = str(library)
