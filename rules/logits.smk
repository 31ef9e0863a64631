rule dump_logits:
    input:
        index=cached(PLAN.index),
        stacks=lambda wildcards: cached(full(checkpoints).stream_by_logits_key(wildcards.key).stacks),
        model=lambda wildcards: cached(full(checkpoints).stream_by_logits_key(wildcards.key).model),
        staged=lambda wildcards: staged_stacks(
            full(checkpoints).stream_by_logits_key(wildcards.key),
            full(checkpoints).stream_by_logits_key(wildcards.key).model,
        ),
    output:
        **receipt_of(stages.DUMP_LOGITS.pattern(ROOT)),
        logits=made(stages.DUMP_LOGITS.pattern(ROOT)),
    log:
        "logs/dump_logits/{key}.log",
    benchmark:
        benchmark_of(stages.DUMP_LOGITS, stages.DUMP_LOGITS.pattern(ROOT))
    conda:
        "../envs/torch.yaml"
    threads: COMPUTE["train_threads"]
    resources:
        **resources_of_network(),
        mem_mb=memory(8000),
        runtime=720,
    params:
        stream=lambda wildcards: full(checkpoints).stream_by_logits_key(wildcards.key).name,
        settings=settings_of(stages.DUMP_LOGITS),
        compute=compute_of_network(),
    message:
        "Scoring the test videos with the stream {params.stream}, key {wildcards.key}."
    shell:
        job(
            "python -m twostream.steps.dump_logits --settings={params.settings:q} --index={input.index:q} --stacks={input.stacks:q}"
            " --model={input.model:q} {params.compute} --threads {threads} --out={output.logits:q}",
            part="{params.stream}",
        )
