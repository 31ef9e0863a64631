rule fuse:
    input:
        logits=lambda wildcards: ancient(list(made(checkpoints).logits.values())),
        index=ancient(PLAN.index),
    output:
        report(
            update(f"{ROOT}/fuse/{{key}}/fusion.json"),
            caption="../workflow/report/captions/found.rst",
            category="Result",
            labels={"what": "all that fusion found", "form": "JSON"},
        ),
    log:
        "logs/fuse/{key}.log",
    benchmark:
        f"{ROOT}/fuse/{{key}}/benchmark.tsv"
    conda:
        "../envs/fusion.yaml"
    threads: 2
    resources:
        mem_mb=4000,
        runtime=60,
    params:
        settings=canonical(SETTINGS["fusion"]),
        logits=lambda wildcards: named(made(checkpoints).logits),
    shell:
        "python -m twostream.steps.fuse --settings {params.settings:q} --logits {params.logits:q} --index {input.index:q} --threads {threads}"
        " --out {output:q} 2>&1 | tee {log}"
