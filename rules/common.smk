# What all rules share: how their jobs are called, and what they read of the plan.

import logging
import os
import time

from snakemake.settings.types import DeploymentMethod

from twostream.cache.keys import canonical
from twostream.compute import interpreter
from twostream.errors import DISK_FULL, FREE_SPACE, FULL
from twostream.files.atomic import is_full
from twostream.flow import backends
from twostream.plan import STAGE_OF
from twostream.predict import shards as predict_shards

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

    In it `python` is the one of this process or, with conda, that of the rule's environment. On the terminal each line
    begins with the rule's name, which is also the step's, and with `part`, which says which of the rule's jobs it is.
    Ctrl-C is the step's to answer: what shows that answer ignores it from its first instant on.

    Before a job Snakemake copies an output that is there, and after one that failed it writes the copy over what the
    job has made: so the copy is taken away.
    """
    forget = f'for file in {{output:q}}; do rm -f "{BACKUPS}/$file"; done; '
    settings = "{params.settings:q}"
    what = settings if settings in command else ""
    step = command.split("twostream.steps.")[1].split()[0]
    label = f"'{step} {part}'" if part else step
    show = f"(trap '' INT; exec python -m twostream.job_log {{log:q}} {label} {what})"
    return f"{forget}{INTERPRETER}{command} 2>&1 | {show}"


def part_of_shard(wildcards):
    """Return the number of a shard, without the digest of its videos."""
    return wildcards.shard.partition("-")[0]


def benchmark_of(stage, artefact=None):
    """Return where Snakemake writes the time and memory that making an artefact took: by default, any of the stage."""
    path = stage.benchmark(artefact or stage.pattern(ROOT))
    return STORAGE.at(path) if STORAGE else str(path)


def full(checkpoints):
    """Return what follows from the index. Snakemake calls this again once the index is there."""
    # Where `use rule` takes one rule alone, Snakemake knows the checkpoint by an earlier one, which took all.
    (getattr(checkpoints, "index", None) or ONCE["checkpoint"]).get()
    if STORAGE:
        staging.fetch_index(PLAN, STORAGE)  # It may have been made elsewhere.
    tell_what_runs()
    RUN_NOTE.plan()
    return PLAN.full


def trained_stream(wildcards):
    """Return the stream that is trained under the key of `wildcards`."""
    return full(checkpoints).stream_by_train_key(wildcards.key)


def scored_stream(wildcards):
    """Return the stream whose scores have the key of `wildcards`."""
    return full(checkpoints).stream_by_logits_key(wildcards.key)


def stream_with_features(wildcards):
    """Return the stream whose features have the key of `wildcards`."""
    return full(checkpoints).stream_by_features_key(wildcards.key)


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
        of_predict = predict_shards.answers(PLAN.root, PLAN.full.model, PREDICTED)
        usage.note_use(PLAN.root, RESULTS.parent, PLAN.settings, [*PLAN.artefacts, *of_predict])


def run_note():
    """Return what notes the use of artefacts, once."""
    return usage.RunNote(note_use)


RUN_NOTE = once(run_note)
PREDICTED_FILE = RESULTS / ".predicted.json"


def videos_to_predict():
    """Return the videos of predict.folder by their shards. A job reads its own from a file, by the name of its shard."""
    if not workflow.is_main_process or PLAN.settings["predict"]["folder"] is None:
        return {}
    try:
        folder = Path(PLAN.settings["predict"]["folder"])
        videos = predict_shards.find(folder, PLAN.settings["predict"]["shards"])
        if IS_RUN:
            predict_shards.save(PREDICTED_FILE, folder, videos)
        return videos
    except InputError as error:
        sys.exit(f"twostream: {console.line(error)}")


PREDICTED = once(videos_to_predict)


def answers(wildcards):
    """Return the files of the answers of all shards."""
    if workflow.is_main_process and not PREDICTED:
        sys.exit("twostream: predict.folder: is null: set it, as by --config 'predict={folder: path/to/videos}'")
    return from_cache(predict_shards.answers(ROOT, full(checkpoints).model, PREDICTED))


def option(name, value):
    """Return the option `name` of a step with its `value`, nothing where that is empty."""
    return [name, value] if value else []


def arguments_of(files):
    """Return `files`, by name, as arguments `name=file` of a step."""
    return [f"{name}={file}" for name, file in files.items()]


wildcard_constraints:
    key="[0-9a-f]{12}",
    shard="[0-9]{4}-[0-9a-f]{12}",
    modality="rgb|flow",
