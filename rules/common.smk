# The library, the plan of the checked settings, and what all rules read of it.

import builtins
import logging
import os
import shutil
import sys
import time
from pathlib import Path

# From this file, since the Snakefile may be that of another project, which imports this one as a module.
sys.path.insert(0, str(Path(str(workflow.current_basedir)).parent / "workflow"))

from twostream import console

console.install_hook()  # Ctrl-C while this is read is one line too.

from twostream import preflight, replacing, survey
from twostream.cache import stages, usage
from twostream.cache.heal import heal
from twostream.cache.keys import canonical
from twostream.compute.interpreter import run_from_here
from twostream.config.check import check
from twostream.config.overlay import gather
from twostream.errors import DISK_FULL, FREE_SPACE, FULL, InputError
from twostream.files import clock
from twostream.files.atomic import is_full, is_text, write_text
from twostream.files.locks import exclusive
from twostream.flow import backends
from twostream.plan import STAGE_OF, Plan
from twostream.predict import shards as predict_shards

run_from_here()

IS_RUN = workflow.is_main_process and not workflow.output_settings.dryrun
SURVEY = Path("results/.survey.json")
BACKUPS = Path(".snakemake/backups")


def plan():
    """Return the plan of the settings. The main process surveys the disk; a run's jobs read what it saved."""
    # Read by ourselves: Snakemake takes `yes` for a truth, the last of two equal names, and --config without its
    # quotation marks.
    settings = check(gather(map(Path, workflow.configfiles), workflow.config_settings.config_args or ()))
    disk = None if workflow.is_main_process else survey.read(SURVEY, settings)
    if disk is None:
        disk = survey.take(settings, remember=IS_RUN)
    if IS_RUN:
        survey.save(SURVEY, settings, disk)
    planned = Plan(settings, disk)
    if workflow.is_main_process:
        for line in planned.ineffective:
            print(f"twostream: {line}", file=sys.stderr)
    return planned


def report_config():
    """Return the file that, besides the artefacts, the report is made from: it changes when the report is to change."""
    # A dry-run leaves that of the last run as it is.
    file = Path("results/config.json")
    if not is_text(file, PLAN.report_config):
        file = file if IS_RUN else Path("results/.wanted.json")
        write_text(file, PLAN.report_config)
    return file


def kept_report():
    """Return where the report's numbers are kept: in the cache, or in the project where the cache is another's."""
    own = stages.FUSION_REPORT.path(Path("results"), PLAN.report.parent.name)
    if usage.is_writable(PLAN.report):
        return PLAN.report
    is_current = Path("results/fusion_report.html").is_file() and is_text(
        Path("results/config.json"), PLAN.report_config
    )
    return PLAN.report if is_current and PLAN.report.is_file() and not own.is_file() else own


try:
    if IS_RUN:
        preflight.check_folders(Path("results"), Path("logs"))
        LOCK = exclusive(Path("results/.lock"), "this folder", "is being worked on", owner=True)
        shutil.rmtree(BACKUPS, ignore_errors=True)
    PLAN = plan()
    if IS_RUN and not workflow.config_settings.configfiles:
        is_terminal = sys.stdin.isatty() and sys.stdout.isatty()
        replacing.check(PLAN, Path("results/config.json"), builtins.input if is_terminal else None)
    if IS_RUN:
        preflight.check_folders(*(path.parent.parent for path in PLAN.artefacts))
    if workflow.is_main_process:
        heal(PLAN.artefacts)
    KEPT_REPORT = kept_report()
    REPORT_CONFIG = report_config()
    if IS_RUN:
        # The report belongs to the project: where the cache cannot be written to, it is kept beside it.
        IN_USE = usage.keep_from_pruning(PLAN.root, (path for path in PLAN.artefacts if path not in PLAN.optional))
        clock.date_back([*PLAN.artefacts, REPORT_CONFIG], Path(LOCK.name))
except InputError as error:
    sys.exit(f"twostream: {console.line(error)}")
except OSError as error:
    sys.exit(f"twostream: {console.system_line(error)}")

# What lies in the cache is flagged `update`: another project that shares the cache may have made it since this run was
# planned, and Snakemake is not to delete it before a job. A job that finds its output made leaves it.
# A benchmark that is missing makes a job run again: it lies with what it was measured on, in the cache.
ROOT = PLAN.root
COMPUTE = PLAN.settings["compute"]


class FullDisk(logging.Handler):
    """Says in one line that a disk is full where Snakemake fails by it, in its own words or with a stack."""

    has_spoken = False

    def emit(self, record):
        full = next((folder for folder in (Path(), ROOT) if is_full(folder)), None)
        if full is None and any(os.strerror(number) in record.getMessage() for number in FULL):
            full = Path()
        if full is not None and not self.has_spoken:
            self.has_spoken = True
            print(f"twostream: {full.resolve()}: {DISK_FULL}: {FREE_SPACE}", file=sys.stderr)


if IS_RUN:
    logging.getLogger("snakemake.logging").addHandler(FullDisk(logging.ERROR))
    # Its own log lies on that disk too: logging would print a stack for each line that does not fit.
    logging.raiseExceptions = False


def as_is(value):
    """Return a parameter in whose text braces are no wildcards."""
    return lambda wildcards: value


def settings_of(stage):
    """Return the settings of a stage, as one argument of its step."""
    return as_is(canonical(stage.settings_in(PLAN.settings)))


def job(command, part=""):
    """Return the shell command of a job: `command`, whose output is shown and written to the rule's log, below the settings.

    On the terminal each line begins with the rule, which the step is called by, and `part`, which says which of its jobs it is.

    Before a job Snakemake copies an output that is there, and after one that failed it writes the copy over what the
    job has made: so the copy is taken away.
    """
    forget = f'for file in {{output:q}}; do rm -f "{BACKUPS}/$file"; done; '
    settings = "{params.settings:q}"
    what = settings if settings in command else ""
    step = command.split("twostream.steps.")[1].split()[0]
    label = f"'{step} {part}'" if part else step
    return f"{forget}{command} 2>&1 | python -m twostream.job_log {{log:q}} {label} {what}"


def part_of_shard(wildcards):
    """Return the number of a shard, without the digest of its videos."""
    return wildcards.shard.partition("-")[0]


def benchmark_of(stage, artefact):
    """Return where Snakemake writes the time and memory that making an artefact took."""
    return str(stage.benchmark(artefact))


def full(checkpoints):
    """Return what follows from the index. Snakemake calls this again once the index is there."""
    checkpoints.index.get()
    tell_what_runs()
    RUN_NOTE.plan()
    return PLAN.full


def tell_what_runs():
    """Say what will run, where this run has made the index."""
    if IS_RUN:
        try:
            AHEAD.say()
        except InputError as error:
            # Snakemake, which runs jobs by now, keeps the words of an exit to itself.
            ENDING.refusal = console.line(error)
            sys.exit(1)


def note_use():
    """Write which artefacts this project uses."""
    if IS_RUN:
        usage.note_use(PLAN.root, Path.cwd(), PLAN.settings, PLAN.artefacts)


RUN_NOTE = usage.RunNote(note_use)


# Read by the main process alone: a job finds its own videos by the name of its shard.
PREDICTED = {}
if workflow.is_main_process and PLAN.settings["predict"]["folder"] is not None:
    try:
        PREDICTED = predict_shards.find(Path(PLAN.settings["predict"]["folder"]), PLAN.settings["predict"]["shards"])
    except InputError as error:
        sys.exit(f"twostream: {console.line(error)}")


def answers(wildcards):
    """Return the files of the answers of all shards."""
    if workflow.is_main_process and not PREDICTED:
        sys.exit("twostream: predict.folder: is null: set it, as by --config 'predict={folder: path/to/videos}'")
    key = stages.PREDICT_VIDEOS.key({}, full(checkpoints).model.parent.name)
    return ancient([stages.PREDICT_VIDEOS.path(ROOT, key, shard=name) for name in PREDICTED])


def arguments_of(files):
    """Return `files`, by name, as arguments `name=file` of a step."""
    return [f"{name}={file}" for name, file in files.items()]


wildcard_constraints:
    key="[0-9a-f]{12}",
    shard="[0-9]{4}-[0-9a-f]{12}",
    modality="rgb|flow",
