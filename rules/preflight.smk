# What would fail after hours is refused before the first job; what will run is said, and how far it is.

from contextlib import suppress

from snakemake_interface_logger_plugins.common import LogEvent

# A dry-run, which may try too, writes nothing into the cache: this lies in the project.
TRIALS = Path("results/.trials.json")
RESULT = "fusion_report"
"""The rule that all others lead to."""


class Ahead(logging.Handler):
    """Says once what will run, as soon as the index tells it, and after each job what is left."""

    def __init__(self):
        super().__init__(logging.INFO)
        self.leads_to_result = False
        self.first = self.last = None

    def begin(self, rules):
        """Begin a run, or a dry-run, in which jobs of these `rules` are to run."""
        self.leads_to_result = RESULT in rules
        if PLAN.index.is_file():
            self.say(rules)

    def say(self, rules=None):
        """Say what will run; without `rules` all that is missing. Exit where the disk is too small for it."""
        if not self.leads_to_result or self.first or rules == {RESULT}:
            return
        # A dry-run is given no cores, but it is to say what a run on all of them takes.
        cores = workflow.resource_settings.cores if IS_RUN else None
        memory = TRIALS if workflow.local_exec else None
        self.first = self.last = preflight.look_ahead(PLAN, cores, memory, rules)
        print(f"\ntwostream: {preflight.HEADING}", *preflight.describe(PLAN, self.first), "", sep="\n", file=sys.stderr)
        preflight.check_disk(PLAN, self.first)

    def emit(self, record):
        if self.first and getattr(record, "event", None) == LogEvent.JOB_FINISHED:
            # That what is left cannot be told, as where a disk does not answer, is not to end a run.
            with suppress(InputError, OSError):
                self.tell_what_is_left()

    def tell_what_is_left(self):
        """Say what jobs have ended since this was said last, and how long the others take."""
        from twostream.forecast import outlook, table

        now = outlook.remaining(PLAN.full, self.first)
        for line in table.progress(self.first, self.last, now):
            console.inform(line)
        self.last = now


AHEAD = Ahead()


def rules_to_run():
    """Return the names of the rules of which jobs are to run, as far as it is known."""
    return {job.rule.name for job in workflow.dag.jobs if workflow.dag.needrun(job)}


def refuse(error):
    """End the run in the line of `error`."""
    sys.exit(f"twostream: {console.line(error)}")


onstart:
    if IS_RUN:
        # `preflight.check` is for what leads to a result; the index alone needs neither weights nor a GPU.
        rules_of_run = rules_to_run()
        try:
            if rules_of_run != {"index"}:
                preflight.check(PLAN, runs_here=workflow.local_exec)
            AHEAD.begin(rules_of_run)
        except InputError as error:
            refuse(error)
        RUN_NOTE.begin()
        logging.getLogger("snakemake.logging").addHandler(AHEAD)
