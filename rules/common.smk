# The library, the checked settings, and what follows from them for all rules.

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(workflow.basedir) / "workflow"))

from twostream.config import check
from twostream.errors import InputError
from twostream.keys import canonical
from twostream.plan import make
from twostream.steps import run_from_here

run_from_here()

try:
    SETTINGS = check(config)
    PLAN = make(SETTINGS)
except InputError as error:
    sys.exit(f"twostream: {error}")

# A benchmark that is missing makes a job run again: it lies with what it was measured on, in the cache.
ROOT = SETTINGS["compute"]["cache_root"]
COMPUTE = SETTINGS["compute"]

# The report has one place, whatever it was made from. Where that has changed, the report that is
# there counts as older than all its inputs, so that Snakemake makes it again.
if PLAN.report_is_old:
    for shown in Path("results").glob("fusion_report.*"):
        os.utime(shown, (0, 0))


def made(checkpoints):
    """What the index makes; Snakemake comes back here once the index is there."""
    checkpoints.index.get()
    return PLAN.made


wildcard_constraints:
    key="[0-9a-f]{12}",
    shard="[0-9]{4}-[0-9a-f]{12}",
    modality="rgb|flow",
