rule render_demo:
    output:
        update(str(PLAN.demo)),
    log:
        "logs/render_demo.log",
    benchmark:
        str(stages.RENDER_DEMO.benchmark(PLAN.demo))
    conda:
        "../envs/video.yaml"
    threads: COMPUTE["video_threads"]
    resources:
        mem_mb=memory(1000),
        runtime=10,
    params:
        settings=settings_of(stages.RENDER_DEMO),
    message:
        "Rendering the demo: videos and split lists."
    shell:
        job("python -m twostream.steps.render_demo --settings={params.settings:q} --workers {threads} --out={output:q}")
