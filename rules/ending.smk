# The last lines of a run: its result, or why it failed.

import atexit

from snakemake_interface_logger_plugins.common import LogEvent

from twostream import ending, failure
from twostream.failure import Failure

BEGINNING = time.time()
# How messages of Snakemake begin that frighten and do not help: what a failed job has made is kept, and verified.
NOISE = ("Cannot restore ", "--keep-incomplete mode is set", "RuleException:\nCalledProcessError")


class Ending(logging.Handler):
    """Says why jobs failed or, where the report is that of these settings, its result.

    What happens is read from Snakemake's messages: its own hooks are not called where nothing is to be done, nor for a
    module of another workflow.
    """

    def __init__(self):
        super().__init__(logging.INFO)
        self.failures, self.group, self.refusal = {}, None, ""
        self.has_succeeded = self.is_interrupted = False

    def emit(self, record):
        event = getattr(record, "event", None)
        if event == LogEvent.GROUP_ERROR:
            self.group = record  # Its jobs follow.
        elif event == LogEvent.JOB_ERROR and record.rule_name in NAMES:
            self.failures[record.jobid] = Failure.of(record, self.group if record.indent else None)
        elif event == LogEvent.JOB_FINISHED:
            self.failures.pop(record.job_id, None)  # It was tried again.
        elif event == LogEvent.PROGRESS:
            self.has_succeeded = record.done == record.total
        elif record.getMessage().startswith("Nothing to be done"):
            self.has_succeeded = True
            RUN_NOTE.begin()
        elif record.getMessage().startswith("Terminating processes on user request"):
            self.is_interrupted = True

    def say(self):
        for failed in failure.to_tell(self.failures.values()):
            print("", *failed.lines(), sep="\n", file=sys.stderr)
        if self.refusal:
            print(f"\ntwostream: {self.refusal}", file=sys.stderr)
        if self.is_interrupted and not self.failures:  # The job came to its end, and has not said it.
            print(f"\n{console.INTERRUPTED}", file=sys.stderr)
        page = RESULTS / "fusion_report.html"
        if self.has_succeeded and KEPT_REPORT.is_file() and page.is_file():
            lines = ending.result(page.with_suffix(".json"), page, PLAN.artefacts, BEGINNING)
            print(file=sys.stderr)
            for line in lines:
                console.inform(line)


def watch_ending():
    """Return what says how a run ended."""
    ending = Ending()
    if IS_RUN:
        log = logging.getLogger("snakemake.logging")
        log.addHandler(ending)
        log.addFilter(lambda record: not record.getMessage().startswith(NOISE))
        # Snakemake has more to say after its last message; this stands below it.
        atexit.register(ending.say)
    return ending


ENDING = once(watch_ending)


def say_what_follows():
    """Say in a dry-run what will run, or that what follows from the index is not listed yet."""
    if not rules_of_run():
        return
    if rules_to_run() - {"index"}:
        preflight.warn_of_device(PLAN)
    if not PLAN.index.is_file():
        stages = "frames, flow, stacks, training, scores and fusion"
        console.inform(
            f"the index is not made yet: {stages} are not listed; the run says what they take once it is made"
        )
    else:
        try:
            AHEAD.begin(rules_to_run())
        except InputError as error:
            print(f"twostream: {console.line(error)}", file=sys.stderr)


def watch_dry_run():
    """Let a dry-run end with what follows."""
    if workflow.is_main_process and workflow.output_settings.dryrun:
        # What is stored of a shard is looked at: HDF5 that is first loaded while Python ends takes the process down.
        import h5py

        atexit.register(say_what_follows)


once(watch_dry_run)
