rule extract_frames:
    input:
        index=from_cache(PLAN.index),
        staged=staged(PLAN.index),
        videos=staged_videos(),
    output:
        **receipt_of(PLAN.shard_pattern(stages.EXTRACT_FRAMES)),
        shard=to_cache(PLAN.shard_pattern(stages.EXTRACT_FRAMES)),
    log:
        "logs/extract_frames/{shard}.log",
    benchmark:
        benchmark_of(stages.EXTRACT_FRAMES, PLAN.shard_pattern(stages.EXTRACT_FRAMES))
    conda:
        "../envs/video.yaml"
    threads: VIDEO_THREADS
    resources:
        mem_mb=memory_by_threads(1000),
        runtime=1440,
        shard=1,
    params:
        part=part_of_shard,
        settings=settings_of(stages.EXTRACT_FRAMES),
        folder=PLAN.folder,
        shards=PLAN.settings["index"]["shards"],
        scheduler=COMPUTE["scheduler"],
        decoder=option("--decoder", PLAN.survey.decoder),
    message:
        "Extracting the frames of the videos in shard {wildcards.shard}."
    shell:
        job(
            "python -m twostream.steps.extract_frames --settings={params.settings:q} --index={input.index:q} --folder={params.folder:q}"
            " --shard {wildcards.shard} --shards {params.shards} --workers {threads} --scheduler {params.scheduler:q} {params.decoder:q} --out={output.shard:q}",
            part="{params.part}",
        )
