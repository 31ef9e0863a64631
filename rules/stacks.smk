rule write_stacks:
    input:
        shards=lambda wildcards: ancient(made(checkpoints).shard_files(wildcards.modality)),
    output:
        f"{ROOT}/write_stacks/{{key}}/{{modality}}.h5",
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
    shell:
        "python -m twostream.steps.write_stacks --modality {wildcards.modality} --shards {input.shards:q}"
        " --out {output:q} 2>&1 | tee {log}"
