rule fusion_report:
    input:
        index=ancient(PLAN.index),
        fusion=lambda wildcards: made(checkpoints).fusion,
    output:
        html="results/fusion_report.html",
        json="results/fusion_report.json",
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
        key=lambda wildcards: made(checkpoints).report_key,
        histories=lambda wildcards: made(checkpoints).histories,
    shell:
        "python -m twostream.steps.fusion_report --settings {params.settings:q} --fusion {input.fusion:q} --index {input.index:q}"
        " --histories {params.histories:q} --key {params.key} --json {output.json:q} --out {output.html:q} 2>&1 | tee {log}"
