checkpoint index:
    input:
        ancient(str(PLAN.demo)) if PLAN.is_demo else [],
    output:
        **receipt_of(PLAN.index),
        index=report(
            to_cache(PLAN.index),
            caption="../workflow/report/captions/index.rst",
            category="Videos",
            labels={"what": "index of the videos"},
        ),
    log:
        "logs/index.log",
    benchmark:
        benchmark_of(stages.INDEX, PLAN.index)
    conda:
        "../envs/video.yaml"
    threads: VIDEO_THREADS
    resources:
        mem_mb=memory(2000),
        runtime=240,
    params:
        settings=as_is(canonical(PLAN.index_settings)),
        folder=PLAN.folder,
        form=as_is(f"--form={canonical(PLAN.form.to_json())}"),
        ledger=PLAN.ledger,
        data=option("--data", PLAN.survey.data),
        scheduler=COMPUTE["scheduler"],
        decoder=option("--decoder", PLAN.survey.reads),
    message:
        "Indexing the videos: what each holds, its class and whether it is for training or for testing."
    shell:
        job(
            "python -m twostream.steps.index --settings={params.settings:q} --folder={params.folder:q} {params.form:q}"
            " --ledger={params.ledger:q} {params.data:q} --workers {threads} --scheduler {params.scheduler:q} {params.decoder:q} --out={output.index:q}"
        )


if hasattr(checkpoints, "index"):
    ONCE["checkpoint"] = checkpoints.index
