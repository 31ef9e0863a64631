checkpoint index:
    input:
        ancient(f"{PLAN.demo}/videos.json") if PLAN.is_demo else [],
    output:
        report(
            update(str(PLAN.index)),
            caption="../workflow/report/captions/index.rst",
            category="Videos",
            labels={"what": "index of the videos"},
        ),
    log:
        "logs/index.log",
    benchmark:
        PLAN.index.with_name("benchmark.tsv")
    conda:
        "../envs/video.yaml"
    threads: COMPUTE["video_threads"]
    resources:
        mem_mb=2000,
        runtime=240,
    params:
        settings=canonical(PLAN.index_settings),
        folder=PLAN.folder,
        lists=["--lists", PLAN.lists] if PLAN.lists else [],
        ledger=PLAN.ledger,
        scheduler=COMPUTE["scheduler"],
    shell:
        "python -m twostream.steps.index --settings {params.settings:q} --folder {params.folder:q} {params.lists:q}"
        " --ledger {params.ledger:q} --workers {threads} --scheduler {params.scheduler} --out {output:q} 2>&1 | tee {log}"
