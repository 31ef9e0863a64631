# What would fail after hours is refused before the first job; what will run is said, and how far it is.

from contextlib import suppress

from snakemake_interface_logger_plugins.common import LogEvent

# A dry-run, which may try too, writes nothing into the cache: this lies in the project.
TRIALS = RESULTS / ".trials.json"
RESULT = "fusion_report"
"""The rule that all others lead to."""
FEATURES = "features"
"""The rule that leads beside it."""


# The names of the rules here, by those that they have in the workflow: `use rule * from twostream as ts_*` gives others.
NAMES = ONCE.setdefault("names", {})
NAMES |= {workflow.modifier.avail_rulename(name): name for name in (*stages.STAGES, "features", "predictions")}
NAMES.pop(None, "")  # That of rules that are not used.


def rules_of_run(is_to_run=lambda job: True):
    """Return the names of the rules here of which jobs are in the run, as far as it is known, or are to run."""
    dag = getattr(workflow, "dag", None)  # None where reading the rules has ended the run.
    return {NAMES[job.rule.name] for job in (dag.jobs if dag else ()) if job.rule.name in NAMES and is_to_run(job)}


def rules_to_run():
    """Return the names of the rules here of which jobs are to run, as far as it is known."""
    return rules_of_run(workflow.dag.needrun)


class Ahead(logging.Handler):
    """Refuses a run that would fail, says once what will run, as soon as the index tells it, and what is left.

    That it begins is read from Snakemake's messages: its own hooks are not called for a module of another workflow.
    """

    def __init__(self):
        super().__init__(logging.INFO)
        self.leads_to_result = False
        self.first = self.last = None

    def start(self):
        """Begin a run, after all that would fail later; end it in one line where something would."""
        rules = rules_to_run()
        try:
            if rules:
                preflight.check_submission(getattr(workflow.executor_plugin, "name", ""))
            # `preflight.check` is for what leads to a result; the index alone needs neither weights nor a GPU.
            if rules and rules != {"index"}:
                preflight.check(PLAN, runs_here=workflow.local_exec)
                if workflow.local_exec and "gpu" not in workflow.global_resources:
                    preflight.warn_of_sharing(PLAN)
            if ON_CLUSTER and rules & {"index", "extract_frames", "compute_flow"}:
                cluster.check(COMPUTE["scheduler"])
            self.begin(rules)
        except InputError as error:
            sys.exit(f"twostream: {console.line(error)}")
        RUN_NOTE.begin()

    def begin(self, rules):
        """Begin a run, or a dry-run, in which jobs of these `rules` are to run."""
        self.leads_to_result = not rules.isdisjoint({RESULT, FEATURES})
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
        event = getattr(record, "event", None)
        if event == LogEvent.RUN_INFO:
            self.start()
        elif self.first and event == LogEvent.JOB_FINISHED:
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


def look_ahead():
    """Return what says what lies ahead of a run, which listens to Snakemake, or of a dry-run."""
    ahead = Ahead()
    if IS_RUN:
        logging.getLogger("snakemake.logging").addHandler(ahead)
    return ahead


AHEAD = once(look_ahead)
