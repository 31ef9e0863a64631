rule compute_flow:
    input:
        index=from_cache(PLAN.index),
        staged=staged(PLAN.index),
        videos=staged_videos(),
    output:
        **receipt_of(PLAN.shard_pattern(stages.COMPUTE_FLOW)),
        shard=to_cache(PLAN.shard_pattern(stages.COMPUTE_FLOW)),
    log:
        "logs/compute_flow/{shard}.log",
    benchmark:
        benchmark_of(stages.COMPUTE_FLOW, PLAN.shard_pattern(stages.COMPUTE_FLOW))
    conda:
        "../envs/torch.yaml" if PLAN.settings["flow"]["backend"] in backends.IN_TORCH else "../envs/video.yaml"
    threads: VIDEO_THREADS
    resources:
        mem_mb=memory_by_threads(1000),
        runtime=1440,
        shard=1,
        gpu=int(IS_FLOW_ON_GPU),
    params:
        part=part_of_shard,
        settings=settings_of(stages.COMPUTE_FLOW),
        folder=PLAN.folder,
        shards=PLAN.settings["index"]["shards"],
        scheduler=COMPUTE["scheduler"],
        decoder=option("--decoder", PLAN.survey.decoder),
        rounding=option("--rounding", PLAN.survey.rounding),
        deinterlace=["--deinterlace"] if PLAN.is_deinterlaced else [],
        device=COMPUTE["device"],
        batch=COMPUTE["flow_batch"],
    message:
        "Computing the optical flow of the videos in shard {wildcards.shard}."
    shell:
        job(
            "python -m twostream.steps.compute_flow --settings={params.settings:q} --index={input.index:q} --folder={params.folder:q}"
            " --shard {wildcards.shard} --shards {params.shards} --workers {threads} --scheduler {params.scheduler:q}"
            " --device {params.device} --batch {params.batch} {params.decoder:q} {params.rounding:q} {params.deinterlace:q} --out={output.shard:q}",
            part="{params.part}",
        )
