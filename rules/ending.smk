# The last lines of a run: its result, or why it failed.

import atexit

from twostream import ending

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
        self.failures, self.refusal = [], ""
        self.has_succeeded = self.is_interrupted = False

    def emit(self, record):
        event = getattr(record, "event", None)
        if record.levelno >= logging.ERROR and getattr(record, "rule_name", None) in NAMES and hasattr(record, "log"):
            self.failures.append((record.rule_name, [Path(log) for log in record.log]))
        elif event == LogEvent.PROGRESS:
            self.has_succeeded = record.done == record.total
        elif record.getMessage().startswith("Nothing to be done"):
            self.has_succeeded = True
            RUN_NOTE.begin()
        elif record.getMessage().startswith("Terminating processes on user request"):
            self.is_interrupted = True

    def say(self):
        for rule_name, logs in [] if self.has_succeeded else self.failures:  # A job that failed is tried again.
            print(file=sys.stderr)
            console.inform(f"{rule_name} failed; its log: {', '.join(map(str, logs))}")
            print(*filter(None, map(ending.reason, logs)), sep="\n", file=sys.stderr)
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
