rule export_model:
    input:
        index=ancient(PLAN.index),
        fusion=lambda wildcards: ancient(full(checkpoints).fusion),
        models=lambda wildcards: ancient([stream.model for stream in full(checkpoints).streams]),
        logits=lambda wildcards: ancient(list(full(checkpoints).logits.values())),
    output:
        update(str(stages.EXPORT_MODEL.pattern(ROOT))),
    log:
        "logs/export_model/{key}.log",
    benchmark:
        benchmark_of(stages.EXPORT_MODEL, stages.EXPORT_MODEL.pattern(ROOT))
    conda:
        "../envs/predict.yaml"
    threads: 2
    resources:
        mem_mb=8000,
        runtime=60,
    params:
        sections=as_is(canonical({name: PLAN.settings[name] for name in ("frames", "flow", "test", "fusion")})),
        models=lambda wildcards: arguments_of({stream.name: stream.model for stream in full(checkpoints).streams}),
        logits=lambda wildcards: arguments_of(full(checkpoints).logits),
    message:
        "Writing the streams and their fusion as one model."
    shell:
        job(
            "python -m twostream.steps.export_model --sections={params.sections:q} --models {params.models:q} --logits {params.logits:q}"
            " --fusion={input.fusion:q} --index={input.index:q} --threads {threads} --out={output:q}"
        )
