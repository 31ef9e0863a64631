# The project: its folder, its settings, and its plan, by the library.

import builtins
import shutil
import sys
import tarfile
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from snakemake.sourcecache import HostingProviderFile


def repository(rules):
    """Return the folder of this repository, by that of its `rules`.

    Of one that is on a host, as `github(...)` names it, Snakemake reads the rules alone: the library is unpacked in
    Snakemake's cache.
    """
    if not isinstance(rules, HostingProviderFile):
        return Path(str(rules)).parent
    clone = rules.hosted_repo.repo
    commit = clone.commit(rules.ref).hexsha
    folder = Path(workflow.sourcecache.cache_path) / "twostream" / commit
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=folder.parent) as beside:
            archive = Path(beside) / "archive.tar"
            clone.git.archive(commit, "workflow", "config.yaml", output=str(archive))
            with tarfile.open(archive) as packed:
                packed.extractall(Path(beside) / commit, filter="data")
            with suppress(OSError):  # Another run was faster.
                (Path(beside) / commit).rename(folder)
    return folder


# By this file, since the Snakefile may be that of another project, which imports this one as a module.
HERE = repository(workflow.current_basedir)
sys.path.insert(0, str(HERE / "workflow"))

from twostream import console

console.install_hook()  # Ctrl-C while this is read is one line too.

from twostream import preflight, replacing, staging, survey
from twostream.cache import stages, usage
from twostream.cache.heal import heal
from twostream.config.check import check
from twostream.config.overlay import gather
from twostream.errors import InputError
from twostream.files import clock
from twostream.files.atomic import is_text, write_text
from twostream.files.locks import exclusive
from twostream.plan import Plan

# What the other project's own settings, folders and options are is nothing to a module of it.
IS_MODULE = not workflow.modifier.is_main_snakefile()
IS_RUN = workflow.is_main_process and not workflow.output_settings.dryrun
BACKUPS = Path(".snakemake/backups")
INCOMPLETE = Path(".snakemake/incomplete")


include: "storage.smk"


def on_disk(folder):
    """Return where the folder lies that rules call `folder`: a module's `prefix:` stands before it.

    Then it is absolute, and Snakemake, to which paths in it are given too, puts no second prefix before them.
    """
    prefixed = workflow.modifier.path_modifier.replace_prefix(f"{folder}/")
    return Path(folder) if prefixed == f"{folder}/" else Path(prefixed).absolute()


RESULTS = on_disk("results")
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
    """Return the complete settings: a module's own, or those of the files and the command line."""
    if workflow.modifier.skip_configfile:
        own = config
    elif IS_MODULE:
        own = gather([HERE / "config.yaml"])
    else:
        # Read by ourselves: Snakemake takes `yes` for a truth, the last of two equal names, and --config without its
        # quotation marks.
        own = gather(map(Path, workflow.configfiles), workflow.config_settings.config_args or ())
    complete = check(own)
    if complete["compute"]["storage"] is None:  # Else Snakemake's local copies of it are the cache.
        complete["compute"]["cache_root"] = str(on_disk(complete["compute"]["cache_root"]))
    return complete


def lock():
    """Return the lock of this project's folder, which a run holds."""
    if not IS_RUN:
        return None
    preflight.check_folders(RESULTS, on_disk("logs"))
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


def staged_plan():
    """Return the plan that knows what is in object storage, from where the index and notes are fetched."""
    if workflow.is_main_process:
        if IS_RUN and not IS_MODULE:
            # Snakemake makes again what a stopped run worked on. What is in the cache is whole: its receipts tell.
            shutil.rmtree(INCOMPLETE, ignore_errors=True)
        return staging.stage(PLAN, STORAGE)
    staging.fetch_index(PLAN, STORAGE)
    return PLAN


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
    if workflow.is_main_process and not IS_MODULE:
        preflight.check_root(Path(SETTINGS["compute"]["cache_root"]))
    if workflow.is_main_process:
        heal(PLAN.artefacts)  # Before the index is read, which tells what follows from it.
    if IS_RUN:
        preflight.check_folders(*(path.parent.parent for path in PLAN.artefacts))


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


def fetch_report():
    """Fetch the report where it is in object storage."""
    if STORAGE and workflow.is_main_process:
        staging.fetch_report(PLAN, STORAGE, RESULTS / "fusion_report.html", again=IS_RUN)


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
    STORAGE = once(open_storage)
    PLAN = once(plan)
    check_apart()
    once(prepare)
    PLAN = once(staged_plan) if STORAGE else PLAN
    KEPT_REPORT = once(kept_report)
    REPORT_CONFIG = once(report_config)
    once(fetch_report)
    IN_USE = once(use_of_cache)
except InputError as error:
    sys.exit(f"twostream: {console.line(error)}")
except OSError as error:
    sys.exit(f"twostream: {console.system_line(error)}")
