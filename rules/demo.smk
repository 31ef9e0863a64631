rule render_demo:
    output:
        update(f"{PLAN.demo}/videos.json"),
    log:
        "logs/render_demo.log",
    benchmark:
        f"{PLAN.demo}/benchmark.tsv"
    conda:
        "../envs/video.yaml"
    threads: COMPUTE["video_threads"]
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=canonical(SETTINGS["demo"]),
    shell:
        "python -m twostream.steps.render_demo --settings {params.settings:q} --workers {threads} --out {output:q} 2>&1 | tee {log}"
