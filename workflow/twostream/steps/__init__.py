"""One thin `main` a rule: arguments -> library -> files. None needs Snakemake."""

import sys

from twostream import console
from twostream.compute import openmp

if sys.argv[:1] == ["-m"]:  # So it reads while `python -m twostream.steps.NAME` looks for NAME, and at no other import.
    console.install_hook()
    openmp.wait_passively()  # Before torch is imported.
