rule export_model:
    input:
        index=from_cache(PLAN.index),
        fusion=lambda wildcards: from_cache(full(checkpoints).fusion),
        models=lambda wildcards: from_cache([stream.model for stream in full(checkpoints).streams]),
        logits=lambda wildcards: from_cache(list(full(checkpoints).logits.values())),
        staged=lambda wildcards: staged_result(full(checkpoints)),
    output:
        **receipt_of(stages.EXPORT_MODEL.pattern(ROOT)),
        model=to_cache(stages.EXPORT_MODEL.pattern(ROOT)),
    log:
        "logs/export_model/{key}.log",
    benchmark:
        benchmark_of(stages.EXPORT_MODEL)
    conda:
        "../envs/predict.yaml"
    threads: 2
    resources:
        mem_mb=memory(8000),
        runtime=60,
    params:
        sections=as_is(canonical({name: PLAN.settings[name] for name in ("frames", "flow", "test", "fusion")})),
        models=lambda wildcards: arguments_of({stream.name: stream.model for stream in full(checkpoints).streams}),
        logits=lambda wildcards: arguments_of(full(checkpoints).logits),
    message:
        "Writing the streams and their fusion as one model."
    shell:
        job(
            "python -m twostream.steps.export_model --sections={params.sections:q} --models {params.models:q} --logits {params.logits:q}"
            " --fusion={input.fusion:q} --index={input.index:q} --threads {threads} --out={output.model:q}"
        )


rule predict_videos:
    input:
        model=lambda wildcards: from_cache(full(checkpoints).model),
        staged=lambda wildcards: staged(full(checkpoints).model),
    output:
        **receipt_of(stages.PREDICT_VIDEOS.pattern(ROOT)),
        answers=to_cache(stages.PREDICT_VIDEOS.pattern(ROOT)),
    log:
        "logs/predict_videos/{key}.{shard}.log",
    benchmark:
        benchmark_of(stages.PREDICT_VIDEOS)
    conda:
        "../envs/predict.yaml"
    threads: COMPUTE["video_threads"]
    resources:
        mem_mb=memory(8000),
        runtime=720,
        shard=1,
        gpu=0 if COMPUTE["device"] == "cpu" else 1,
    params:
        folder=as_is(PLAN.settings["predict"]["folder"] or ""),
        shards=PLAN.settings["predict"]["shards"],
        listing=as_is(str(PREDICTED_FILE)),
        device=COMPUTE["device"],
        batch=COMPUTE["flow_batch"],
    message:
        "Answering the videos in shard {wildcards.shard} of predict.folder."
    shell:
        job(
            "python -m twostream.steps.predict_videos --model={input.model:q} --folder={params.folder:q} --shard {wildcards.shard}"
            " --shards {params.shards} --listing={params.listing:q} --device {params.device} --flow-batch {params.batch} --threads {threads} --out={output.answers:q}",
            part="{wildcards.shard}",
        )


# It has no output, so that it always runs: what is gathered is always of the settings' folder.
rule predictions:
    input:
        answers,
    log:
        "logs/predictions.log",
    localrule: True
    conda:
        "../envs/predict.yaml"
    threads: 1
    resources:
        mem_mb=memory(4000),
        runtime=60,
    params:
        folder=as_is(str(RESULTS)),
    message:
        "Gathering the answers: {params.folder}/predictions.csv and .json."
    shell:
        job("python -m twostream.steps.predictions --answers {input:q} --folder={params.folder:q}")
