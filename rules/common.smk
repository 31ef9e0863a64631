# The library, the plan of the checked settings, and what all rules read of it.

import functools
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(workflow.basedir) / "workflow"))

from twostream import survey
from twostream.cache import stages, usage
from twostream.cache.keys import canonical
from twostream.compute.interpreter import run_from_here
from twostream.config.check import check
from twostream.config.overlay import overlay, parse_leaves
from twostream.errors import InputError
from twostream.files.atomic import is_text, write_text
from twostream.files.locks import exclusive
from twostream.plan import STAGE_OF, Plan

run_from_here()

IS_RUN = workflow.is_main_process and not workflow.output_settings.dryrun
SURVEY = Path("results/.survey.json")


def plan():
    """Return the plan of the settings. The main process surveys the disk; a run's jobs read what it saved."""
    # Snakemake leaves nested values of --config as text: they are parsed as YAML.
    settings = check(overlay(config, parse_leaves(workflow.config_settings.config)))
    disk = None if workflow.is_main_process else survey.read(SURVEY, settings)
    if disk is None:
        disk = survey.take(settings, remember=IS_RUN)
    if IS_RUN:
        survey.save(SURVEY, settings, disk)
    return Plan(settings, disk)


def report_config():
    """Return the file that, besides the artefacts, the report is made from: it changes when the report is to change."""
    # A dry-run leaves that of the last run as it is.
    file = Path("results/config.json")
    if not is_text(file, PLAN.report_config):
        file = file if IS_RUN else Path("results/.wanted.json")
        write_text(file, PLAN.report_config)
    return file


try:
    if IS_RUN:
        LOCK = exclusive(Path("results/.lock"), "this folder", "is being worked on", owner=True)
    PLAN = plan()
    REPORT_CONFIG = report_config()
    if IS_RUN:
        IN_USE = usage.keep_from_pruning(PLAN.root, PLAN.artefacts)
except InputError as error:
    sys.exit(f"twostream: {error}")
except OSError as error:
    sys.exit(f"twostream: {error.filename}: {error.strerror}: give the right to read and write it")

# What lies in the cache is flagged `update`: another project that shares the cache may have made it since this run was
# planned, and Snakemake is not to delete it before a job. A job that finds its output made leaves it.
# A benchmark that is missing makes a job run again: it lies with what it was measured on, in the cache.
ROOT = PLAN.root
COMPUTE = PLAN.settings["compute"]


def settings_of(stage):
    """Return the settings of a stage, as one argument of its step."""
    return canonical(stage.settings_in(PLAN.settings))


def benchmark_of(stage, artefact):
    """Return where Snakemake writes the time and memory that making an artefact took."""
    return str(stage.benchmark(artefact))


def full(checkpoints):
    """Return what follows from the index. Snakemake calls this again once the index is there."""
    checkpoints.index.get()
    note_use()
    return PLAN.full


@functools.cache
def note_use():
    """Write, once a run, which artefacts this project uses."""
    if IS_RUN:
        usage.note_use(PLAN.root, Path.cwd(), PLAN.settings, PLAN.artefacts)


def arguments_of(files):
    """Return `files`, by name, as arguments `name=file` of a step."""
    return [f"{name}={file}" for name, file in files.items()]


wildcard_constraints:
    key="[0-9a-f]{12}",
    shard="[0-9]{4}-[0-9a-f]{12}",
    modality="rgb|flow",
