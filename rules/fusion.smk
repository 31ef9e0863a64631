rule fuse:
    input:
        logits=lambda wildcards: from_cache(list(full(checkpoints).logits.values())),
        staged=lambda wildcards: staged(PLAN.index, *full(checkpoints).logits.values()),
        index=from_cache(PLAN.index),
    output:
        **receipt_of(stages.FUSE.pattern(ROOT)),
        fusion=report(
            to_cache(stages.FUSE.pattern(ROOT)),
            caption="../workflow/report/captions/findings.rst",
            category="Result",
            labels={"what": "the findings of fusion", "form": "JSON"},
        ),
    log:
        "logs/fuse/{key}.log",
    benchmark:
        benchmark_of(stages.FUSE)
    localrule: True
    conda:
        "../envs/fusion.yaml"
    threads: 2
    resources:
        mem_mb=memory(4000),
        runtime=60,
    params:
        settings=settings_of(stages.FUSE),
        logits=lambda wildcards: arguments_of(full(checkpoints).logits),
    message:
        "Fusing the streams' scores."
    shell:
        job(
            "python -m twostream.steps.fuse --settings={params.settings:q} --logits {params.logits:q} --index={input.index:q} --threads {threads}"
            " --out={output.fusion:q}"
        )
