rule fusion_report:
    input:
        config=WANTED,
        index=ancient(PLAN.index),
        fusion=lambda wildcards: made(checkpoints).fusion,
    output:
        html="results/fusion_report.html",
        json="results/fusion_report.json",
        # Of a name that no other settings give: while there is no index, only this tells that the report is old.
        kept=PLAN.report,
    log:
        "logs/fusion_report.log",
    benchmark:
        "benchmarks/fusion_report.tsv"
    conda:
        "../envs/fusion.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=canonical(SETTINGS["report"]),
        histories=lambda wildcards: made(checkpoints).histories,
    shell:
        "python -m twostream.steps.fusion_report --settings {params.settings:q} --fusion {input.fusion:q} --index {input.index:q}"
        " --histories {params.histories:q} --json {output.json:q} --page {output.html:q} --out {output.kept:q} 2>&1 | tee {log}"
