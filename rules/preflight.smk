# What would fail after hours is refused before the first job.

from twostream import preflight


onstart:
    if IS_RUN:
        # `preflight.check` is for what leads to a result; the index alone needs neither weights nor a GPU.
        if any(job.rule.name != "index" for job in workflow.dag.needrun_jobs()):
            try:
                preflight.check(PLAN, runs_here=workflow.local_exec)
            except InputError as error:
                sys.exit(f"twostream: {console.line(error)}")
