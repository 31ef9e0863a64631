# The library, the plan of the checked settings, and what all rules read of it.

import builtins
import logging
import os
import shutil
import sys
import time
from pathlib import Path

from snakemake.settings.types import DeploymentMethod

# From this file, since the Snakefile may be that of another project, which imports this one as a module.
HERE = Path(str(workflow.current_basedir)).parent
sys.path.insert(0, str(HERE / "workflow"))

from twostream import console

console.install_hook()  # Ctrl-C while this is read is one line too.

from twostream import preflight, replacing, survey
from twostream.cache import stages, usage
from twostream.cache.heal import heal
from twostream.cache.keys import canonical
from twostream.compute import interpreter
from twostream.config.check import check
from twostream.config.overlay import gather
from twostream.errors import DISK_FULL, FREE_SPACE, FULL, InputError
from twostream.files import clock
from twostream.files.atomic import is_full, is_text, write_text
from twostream.files.locks import exclusive
from twostream.flow import backends
from twostream.plan import STAGE_OF, Plan
from twostream.predict import shards as predict_shards

# What the other project's own settings, folders and options are is nothing to a module of it.
IS_MODULE = not workflow.modifier.is_main_snakefile()
IS_RUN = workflow.is_main_process and not workflow.output_settings.dryrun
BACKUPS = Path(".snakemake/backups")


def on_disk(path):
    """Return where the file lies that rules call `path`: a module's `prefix:` stands before it.

    Then it is absolute, and Snakemake, to which it is given too, puts no second prefix before it.
    """
    prefixed = workflow.modifier.path_modifier.replace_prefix(path)
    return Path(path) if prefixed == path else Path(prefixed).absolute()


RESULTS = on_disk("results/config.json").parent
SURVEY = RESULTS / ".survey.json"
CONFIG = RESULTS / "config.json"

# Snakemake reads a module's Snakefile once for each `use rule`: what a project has once lies here.
PROJECTS = vars(workflow).setdefault("twostream_projects", {})
ONCE = PROJECTS.setdefault(RESULTS, {})


def once(make):
    """Return what `make` returned when this was read first for this project."""
    if make.__name__ not in ONCE:
        ONCE[make.__name__] = make()
    return ONCE[make.__name__]


def settings():
    """Return the settings: a module's own, or those of the files and the command line."""
    if workflow.modifier.skip_configfile:
        given = {name: value for name, value in config.items() if name != "pathvars"}
    elif IS_MODULE:
        given = gather([HERE / "config.yaml"])
    else:
        # Read by ourselves: Snakemake takes `yes` for a truth, the last of two equal names, and --config without its
        # quotation marks.
        given = gather(map(Path, workflow.configfiles), workflow.config_settings.config_args or ())
    checked = check(given)
    checked["compute"]["cache_root"] = str(on_disk(checked["compute"]["cache_root"]))
    return checked


def lock():
    """Return the lock of this project's folder, which a run holds."""
    if not IS_RUN:
        return None
    preflight.check_folders(RESULTS, on_disk("logs/index.log").parent)
    return exclusive(RESULTS / ".lock", "this folder", "is being worked on", owner=True)


def plan():
    """Return the plan of the settings. The main process surveys the disk; a run's jobs read what it saved."""
    disk = None if workflow.is_main_process else survey.read(SURVEY, SETTINGS)
    if disk is None:
        disk = survey.take(SETTINGS, remember=IS_RUN)
    if IS_RUN:
        survey.save(SURVEY, SETTINGS, disk)
    planned = Plan(SETTINGS, disk)
    if workflow.is_main_process:
        for line in planned.ineffective:
            print(f"twostream: {line}", file=sys.stderr)
    return planned


def check_apart():
    """Raise InputError where this project is that of another module, with other settings, or shares its cache."""
    if once(settings) != SETTINGS:
        raise InputError(RESULTS, "two modules with different settings write to it", "give each a prefix of its own")
    for results, other in PROJECTS.items():
        if results != RESULTS and Path(other["settings"]["compute"]["cache_root"]).resolve() == PLAN.root.resolve():
            problem = f"{PLAN.root} is that of another module too"
            raise InputError("compute.cache_root", problem, "give each module a folder of its own")


def prepare():
    """Make the cache ready; raise InputError where the demo, which nobody asked for, would replace another result."""
    is_asked_for = workflow.modifier.skip_configfile or (workflow.config_settings.configfiles and not IS_MODULE)
    if IS_RUN and not is_asked_for:
        is_terminal = sys.stdin.isatty() and sys.stdout.isatty()
        replacing.check(PLAN, CONFIG, builtins.input if is_terminal else None)
    if IS_RUN:
        preflight.check_folders(*(path.parent.parent for path in PLAN.artefacts))
    if workflow.is_main_process:
        heal(PLAN.artefacts)


def report_config():
    """Return the file that, besides the artefacts, the report is made from: it changes when the report is to change."""
    # A dry-run leaves that of the last run as it is.
    file = CONFIG
    if not is_text(file, PLAN.report_config):
        file = file if IS_RUN else file.with_name(".wanted.json")
        write_text(file, PLAN.report_config)
    return file


def kept_report():
    """Return where the report's numbers are kept: in the cache, or in the project where the cache is another's."""
    own = stages.FUSION_REPORT.path(RESULTS, PLAN.report.parent.name)
    if usage.is_writable(PLAN.report):
        return PLAN.report
    is_current = (RESULTS / "fusion_report.html").is_file() and is_text(CONFIG, PLAN.report_config)
    return PLAN.report if is_current and PLAN.report.is_file() and not own.is_file() else own


def use_of_cache():
    """Return what keeps the cache of a run from being pruned."""
    if not IS_RUN:
        return None
    if not IS_MODULE:  # Else some are of another's rules.
        shutil.rmtree(BACKUPS, ignore_errors=True)
    # The report belongs to the project: where the cache cannot be written to, it is kept beside it.
    in_use = usage.keep_from_pruning(PLAN.root, (path for path in PLAN.artefacts if path not in PLAN.optional))
    clock.date_back([*PLAN.artefacts, REPORT_CONFIG], Path(LOCK.name))
    return in_use


try:
    LOCK = once(lock)
    SETTINGS = settings()
    PLAN = once(plan)
    check_apart()
    once(prepare)
    KEPT_REPORT = once(kept_report)
    REPORT_CONFIG = once(report_config)
    IN_USE = once(use_of_cache)
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


def watch_disk():
    """Listen for errors that a full disk causes."""
    if IS_RUN:
        logging.getLogger("snakemake.logging").addHandler(FullDisk(logging.ERROR))
        # Its own log lies on that disk too: logging would print a stack for each line that does not fit.
        logging.raiseExceptions = False


once(watch_disk)


INTERPRETER = interpreter.shell_words(DeploymentMethod.CONDA in workflow.deployment_settings.deployment_method)


def as_is(value):
    """Return a parameter in whose text braces are no wildcards."""
    return lambda wildcards: value


def settings_of(stage):
    """Return the settings of a stage, as one argument of its step."""
    return as_is(canonical(stage.settings_in(PLAN.settings)))


def job(command, part=""):
    """Return the shell command of a job: `command`, whose output is shown and written to the rule's log, below the settings.

    In it `python` is the one of this process or, with conda, that of the rule's environment. On the terminal each line begins with the rule, which the step is called by, and `part`, which says which of its jobs it is.

    Before a job Snakemake copies an output that is there, and after one that failed it writes the copy over what the
    job has made: so the copy is taken away.
    """
    forget = f'for file in {{output:q}}; do rm -f "{BACKUPS}/$file"; done; '
    settings = "{params.settings:q}"
    what = settings if settings in command else ""
    step = command.split("twostream.steps.")[1].split()[0]
    label = f"'{step} {part}'" if part else step
    return f"{forget}{INTERPRETER}{command} 2>&1 | python -m twostream.job_log {{log:q}} {label} {what}"


def part_of_shard(wildcards):
    """Return the number of a shard, without the digest of its videos."""
    return wildcards.shard.partition("-")[0]


def benchmark_of(stage, artefact):
    """Return where Snakemake writes the time and memory that making an artefact took."""
    return str(stage.benchmark(artefact))


def full(checkpoints):
    """Return what follows from the index. Snakemake calls this again once the index is there."""
    # Where `use rule` takes one rule alone, Snakemake knows the checkpoint by an earlier one, which took all.
    (getattr(checkpoints, "index", None) or ONCE["checkpoint"]).get()
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
        usage.note_use(PLAN.root, RESULTS.parent, PLAN.settings, PLAN.artefacts)


def run_note():
    """Return what notes the use of artefacts, once."""
    return usage.RunNote(note_use)


RUN_NOTE = once(run_note)


def videos_to_predict():
    """Return the videos of predict.folder by their shards. A job finds its own by the name of its shard."""
    if not workflow.is_main_process or PLAN.settings["predict"]["folder"] is None:
        return {}
    try:
        return predict_shards.find(Path(PLAN.settings["predict"]["folder"]), PLAN.settings["predict"]["shards"])
    except InputError as error:
        sys.exit(f"twostream: {console.line(error)}")


PREDICTED = once(videos_to_predict)


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
