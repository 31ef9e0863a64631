rule write_stacks:
    input:
        index=from_cache(PLAN.index),
        shards=lambda wildcards: from_cache(full(checkpoints).shard_files(wildcards.modality)),
        staged=lambda wildcards: staged(PLAN.index, *full(checkpoints).shard_files(wildcards.modality)),
    output:
        **receipt_of(stages.WRITE_STACKS.pattern(ROOT)),
        stacks=to_cache(stages.WRITE_STACKS.pattern(ROOT)),
    log:
        "logs/write_stacks/{key}.{modality}.log",
    benchmark:
        benchmark_of(stages.WRITE_STACKS)
    localrule: True
    conda:
        "../envs/video.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=60,
    params:
        shards=PLAN.settings["index"]["shards"],
        folder=lambda wildcards: PLAN.shard_pattern(STAGE_OF[wildcards.modality]).parent,
    message:
        "Joining the {wildcards.modality} shards in one file, from which stacks are read."
    shell:
        job(
            "python -m twostream.steps.write_stacks --modality {wildcards.modality} --index={input.index:q} --folder={params.folder:q}"
            " --shards {params.shards} --out={output.stacks:q}",
            part="{wildcards.modality}",
        )
