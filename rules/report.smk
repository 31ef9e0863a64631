# What is older than the run came from the cache. A job that runs elsewhere does not know when the run began.
SINCE = ["--since", time.time()] if workflow.is_main_process else []


rule fusion_report:
    input:
        config=ancient(REPORT_CONFIG) if STORAGE else REPORT_CONFIG,
        index=from_cache(PLAN.index),
        fusion=lambda wildcards: from_cache(full(checkpoints).fusion) if STORAGE else full(checkpoints).fusion,
        histories=lambda wildcards: from_cache(list(full(checkpoints).histories.values())),
        staged=lambda wildcards: staged_result(full(checkpoints)),
    output:
        **page_of(KEPT_REPORT),
        html=report(
            "results/fusion_report.html",
            caption="../workflow/report/captions/page.rst",
            category="Result",
            labels={"what": "the report", "form": "page"},
        ),
        json=report(
            "results/fusion_report.json",
            caption="../workflow/report/captions/numbers.rst",
            category="Result",
            labels={"what": "the report's numbers", "form": "JSON"},
        ),
        # Of a name that no other settings give: while there is no index, only this tells that the report is old.
        kept=STORAGE.at(KEPT_REPORT) if STORAGE else KEPT_REPORT,
    log:
        "logs/fusion_report.log",
    benchmark:
        benchmark_of(stages.FUSION_REPORT, KEPT_REPORT) if STORAGE else "benchmarks/fusion_report.tsv"
    localrule: True
    conda:
        "../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=10,
    params:
        title=as_is(PLAN.settings["report"]["title"]),
        settings=settings_of(stages.FUSION_REPORT),
        bound=PLAN.settings["flow"]["bound"],
        histories=lambda wildcards: arguments_of(full(checkpoints).histories),
        device=COMPUTE["device"],
        # Of what follows from the output Snakemake does not compare the values of two runs.
        since=lambda wildcards, output: SINCE,
    message:
        "Writing the report: {output.html}."
    shell:
        job(
            "python -m twostream.steps.fusion_report --settings={params.settings:q} --fusion={input.fusion:q} --index={input.index:q}"
            " --config={input.config:q} --histories {params.histories:q} --bound {params.bound} --device {params.device}"
            " {params.since} --json={output.json:q} --page={output.html:q} --out={output.kept:q}"
        )
