rule write_stacks:
    input:
        index=ancient(PLAN.index),
        shards=lambda wildcards: ancient(made(checkpoints).shard_files(wildcards.modality)),
    output:
        update(f"{ROOT}/write_stacks/{{key}}/{{modality}}.h5"),
    log:
        "logs/write_stacks/{key}.{modality}.log",
    benchmark:
        f"{ROOT}/write_stacks/{{key}}/{{modality}}.tsv"
    conda:
        "../envs/video.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=60,
    params:
        shards=SETTINGS["index"]["shards"],
        folder=lambda wildcards: PLAN.shard_folder(STAGE_OF[wildcards.modality]),
    shell:
        "python -m twostream.steps.write_stacks --modality {wildcards.modality} --index {input.index:q} --folder {params.folder:q}"
        " --shards {params.shards} --out {output:q} 2>&1 | tee {log}"
