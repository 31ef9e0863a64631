rule dump_features:
    input:
        index=from_cache(PLAN.index),
        stacks=lambda wildcards: from_cache(stream_with_features(wildcards).stacks),
        model=lambda wildcards: from_cache(stream_with_features(wildcards).model),
        staged=lambda wildcards: staged_stacks(stream_with_features(wildcards), stream_with_features(wildcards).model),
    output:
        **receipt_of(stages.DUMP_FEATURES.pattern(ROOT)),
        features=to_cache(stages.DUMP_FEATURES.pattern(ROOT)),
    log:
        "logs/dump_features/{key}.log",
    benchmark:
        benchmark_of(stages.DUMP_FEATURES)
    conda:
        "../envs/torch.yaml"
    threads: COMPUTE["train_threads"]
    resources:
        **resources_of_network(),
        mem_mb=memory(8000),
        runtime=1440,
    params:
        stream=lambda wildcards: stream_with_features(wildcards).name,
        settings=as_is(canonical(PLAN.features_settings)),
        compute=compute_of_network(),
    message:
        "Writing what the classifier of the stream {params.stream} sees, key {wildcards.key}."
    shell:
        job(
            "python -m twostream.steps.dump_features --settings={params.settings:q} --index={input.index:q} --stacks={input.stacks:q}"
            " --model={input.model:q} {params.compute} --threads {threads} --out={output.features:q}",
            part="{params.stream}",
        )


# It has no output, so that it always runs: what is linked is always what the settings ask for.
rule features:
    input:
        lambda wildcards: from_cache(list(full(checkpoints).features.values())),
    log:
        "logs/features.log",
    localrule: True
    conda:
        "../envs/torch.yaml"
    threads: 1
    resources:
        mem_mb=memory(8000),
        runtime=60,
    params:
        features=lambda wildcards: arguments_of(full(checkpoints).features),
        folder=as_is(str(RESULTS / "features")),
    message:
        "Linking the features of all streams: {params.folder}."
    shell:
        job("python -m twostream.steps.features --features {params.features:q} --folder={params.folder:q}")
