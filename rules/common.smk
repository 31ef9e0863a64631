# The library, the checked settings, and what follows from them for all rules.

import functools
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(workflow.basedir) / "workflow"))

from twostream.cache import store
from twostream.cache.keys import canonical
from twostream.config.check import check
from twostream.config.overlay import overlaid, typed
from twostream.errors import InputError
from twostream.files.atomic import is_text, write_text
from twostream.files.locks import exclusive
from twostream.plan import STAGE_OF, make
from twostream.steps._arguments import run_from_here

run_from_here()

# What is older than the run came from the cache. A job that runs elsewhere does not know when the run began.
SINCE = ["--since", time.time()] if workflow.is_main_process else []
IS_RUN = workflow.is_main_process and not workflow.output_settings.dryrun

try:
    if IS_RUN:
        LOCK = exclusive(Path("results/.lock"), "this folder", "is being worked on", owner=True)
    # Of what stands on the command line, Snakemake leaves every nested value a text.
    SETTINGS = check(overlaid(config, typed(workflow.config_settings.config)))
    PLAN = make(SETTINGS)
    if IS_RUN:
        IN_USE = store.use(PLAN.root, PLAN.artefacts)
except InputError as error:
    sys.exit(f"twostream: {error}")

# What lies in the cache is flagged `update`: Snakemake is not to delete, before a job, what another project that
# shares the cache has made since. A job that finds its output made leaves it.
# A benchmark that is missing makes a job run again: it lies with what it was measured on, in the cache.
ROOT = SETTINGS["compute"]["cache_root"]
COMPUTE = SETTINGS["compute"]

# The report has one place, whatever it is made from: what that is stands in a file that changes with it.
# A dry-run leaves that file as it is.
WANTED = Path("results/config.json")
if not is_text(WANTED, PLAN.wanted):
    if not IS_RUN:
        WANTED = Path("results/.wanted.json")
    write_text(WANTED, PLAN.wanted)


def made(checkpoints):
    """What the index makes; Snakemake comes back here once the index is there."""
    checkpoints.index.get()
    note_use()
    return PLAN.made


def named(files):
    """Files as arguments of a step, `name=file`."""
    return [f"{name}={file}" for name, file in files.items()]


@functools.cache
def note_use():
    if IS_RUN:
        store.note_use(PLAN.root, Path.cwd(), SETTINGS, PLAN.artefacts)


def compute_of_network():
    """The arguments of the steps that run a network."""
    valued = [name for name in ("device", "devices", "nodes", "loader_workers") if COMPUTE[name] is not None]
    given = [f"--{name.replace('_', '-')} {COMPUTE[name]}" for name in valued]
    return " ".join(given + [f"--{name.replace('_', '-')}" for name in ("channels_last", "compile") if COMPUTE[name]])


def resources_of_network():
    """What those steps ask for: GPUs of a node or, over several, nodes of so many, by the names of the Slurm plugin.

    It is not to start one for each GPU; over several nodes it is to start none: as a program of MPI, they call srun.
    """
    nodes, devices = COMPUTE["nodes"], COMPUTE["devices"]
    if nodes == 1:
        return {"gpu": devices, "tasks_per_gpu": 0}
    gpus = {} if COMPUTE["device"] == "cpu" else {"gres": f"gpu:{devices}"}
    return {"nodes": nodes, "tasks": nodes, "tasks_per_gpu": 0, "mpi": "srun"} | gpus


wildcard_constraints:
    key="[0-9a-f]{12}",
    shard="[0-9]{4}-[0-9a-f]{12}",
    modality="rgb|flow",
