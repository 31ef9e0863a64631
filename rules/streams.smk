rule train_stream:
    input:
        index=from_cache(PLAN.index),
        stacks=lambda wildcards: from_cache(trained_stream(wildcards).stacks),
        staged=lambda wildcards: staged_stacks(trained_stream(wildcards)),
    output:
        **receipt_of(stages.TRAIN_STREAM.pattern(ROOT)),
        model=to_cache(stages.TRAIN_STREAM.pattern(ROOT)),
        history=report(
            to_cache(stages.TRAIN_STREAM.pattern(ROOT, file=stages.HISTORY)),
            caption="../workflow/report/captions/history.rst",
            category="Training",
            labels=lambda wildcards: {
                "stream": PLAN.full.stream_by_train_key(wildcards.key).name,
                "what": "table of epochs",
            },
        ),
    log:
        "logs/train_stream/{key}.log",
    benchmark:
        benchmark_of(stages.TRAIN_STREAM)
    conda:
        "../envs/torch.yaml"
    threads: COMPUTE["train_threads"]
    resources:
        **resources_of_network(),
        mem_mb=memory(8000),
        runtime=2880,
    params:
        stream=lambda wildcards: trained_stream(wildcards).name,
        settings=lambda wildcards: canonical(trained_stream(wildcards).settings),
        compute=compute_of_network(),
    message:
        "Training the stream {params.stream}, key {wildcards.key}."
    shell:
        job(
            "python -m twostream.steps.train_stream --settings={params.settings:q} --index={input.index:q} --stacks={input.stacks:q}"
            " --history={output.history:q} {params.compute} --threads {threads}"
            " --out={output.model:q}",
            part="{params.stream}",
        )
