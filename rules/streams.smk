rule train_stream:
    input:
        index=ancient(PLAN.index),
        stacks=lambda wildcards: ancient(made(checkpoints).trained(wildcards.key).stacks),
    output:
        model=update(f"{ROOT}/train_stream/{{key}}/model.pt"),
        history=report(
            update(f"{ROOT}/train_stream/{{key}}/history.csv"),
            caption="../workflow/report/captions/history.rst",
            category="Training",
            labels=lambda wildcards: {"stream": PLAN.made.trained(wildcards.key).name, "what": "table of epochs"},
        ),
    log:
        "logs/train_stream/{key}.log",
    benchmark:
        f"{ROOT}/train_stream/{{key}}/benchmark.tsv"
    conda:
        "../envs/torch.yaml"
    threads: COMPUTE["train_threads"]
    resources:
        **resources_of_network(),
        mem_mb=8000,
        runtime=2880,
    params:
        settings=lambda wildcards: canonical(made(checkpoints).trained(wildcards.key).settings),
        compute=compute_of_network(),
    shell:
        "python -m twostream.steps.train_stream --settings {params.settings:q} --index {input.index:q} --stacks {input.stacks:q}"
        " --history {output.history:q} {params.compute} --threads {threads}"
        " --out {output.model:q} 2>&1 | tee {log}"
