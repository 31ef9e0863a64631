rule dump_logits:
    input:
        index=from_cache(PLAN.index),
        stacks=lambda wildcards: from_cache(scored_stream(wildcards).stacks),
        model=lambda wildcards: from_cache(scored_stream(wildcards).model),
        staged=lambda wildcards: staged_stacks(scored_stream(wildcards), scored_stream(wildcards).model),
    output:
        **receipt_of(stages.DUMP_LOGITS.pattern(ROOT)),
        logits=to_cache(stages.DUMP_LOGITS.pattern(ROOT)),
    log:
        "logs/dump_logits/{key}.log",
    benchmark:
        benchmark_of(stages.DUMP_LOGITS)
    conda:
        "../envs/torch.yaml"
    threads: COMPUTE["train_threads"]
    resources:
        **resources_of_network(),
        mem_mb=memory(8000),
        runtime=720,
    params:
        stream=lambda wildcards: scored_stream(wildcards).name,
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
