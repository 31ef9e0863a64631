rule compute_flow:
    input:
        index=ancient(PLAN.index),
    output:
        str(PLAN.shard("compute_flow", "{shard}")),
    log:
        "logs/compute_flow/{shard}.log",
    benchmark:
        str(PLAN.shard("compute_flow", "{shard}").with_suffix(".tsv"))
    conda:
        "../envs/video.yaml"
    threads: COMPUTE["video_threads"]
    resources:
        mem_mb=lambda wildcards, threads: 1000 * threads,
        runtime=1440,
    params:
        settings=canonical(SETTINGS["flow"]),
        folder=PLAN.folder,
        shards=SETTINGS["index"]["shards"],
        scheduler=COMPUTE["scheduler"],
    shell:
        "python -m twostream.steps.compute_flow --settings {params.settings:q} --index {input.index:q} --folder {params.folder:q}"
        " --shard {wildcards.shard} --shards {params.shards} --workers {threads} --scheduler {params.scheduler} --out {output:q} 2>&1 | tee {log}"
