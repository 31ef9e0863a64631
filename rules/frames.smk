rule extract_frames:
    input:
        index=ancient(PLAN.index),
    output:
        update(str(PLAN.shard("extract_frames", "{shard}"))),
    log:
        "logs/extract_frames/{shard}.log",
    benchmark:
        str(PLAN.shard("extract_frames", "{shard}").with_suffix(".tsv"))
    conda:
        "../envs/video.yaml"
    threads: COMPUTE["video_threads"]
    resources:
        mem_mb=lambda wildcards, threads: 1000 * threads,
        runtime=1440,
    params:
        settings=canonical(SETTINGS["frames"]),
        folder=PLAN.folder,
        shards=SETTINGS["index"]["shards"],
        scheduler=COMPUTE["scheduler"],
    shell:
        "python -m twostream.steps.extract_frames --settings {params.settings:q} --index {input.index:q} --folder {params.folder:q}"
        " --shard {wildcards.shard} --shards {params.shards} --workers {threads} --scheduler {params.scheduler} --out {output:q} 2>&1 | tee {log}"
