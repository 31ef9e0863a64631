rule train_stream:
    input:
        index=ancient(PLAN.index),
        stacks=lambda wildcards: ancient(made(checkpoints).trained(wildcards.key).stacks),
    output:
        model=f"{ROOT}/train_stream/{{key}}/model.pt",
        history=f"{ROOT}/train_stream/{{key}}/history.csv",
    log:
        "logs/train_stream/{key}.log",
    benchmark:
        f"{ROOT}/train_stream/{{key}}/benchmark.tsv"
    conda:
        "../envs/torch.yaml"
    threads: COMPUTE["train_threads"]
    resources:
        mem_mb=8000,
        runtime=2880,
        gpu=1,
    params:
        settings=lambda wildcards: canonical(made(checkpoints).trained(wildcards.key).settings),
        device=COMPUTE["device"],
        workers=COMPUTE["loader_workers"],
    shell:
        "python -m twostream.steps.train_stream --settings {params.settings:q} --index {input.index:q} --stacks {input.stacks:q}"
        " --history {output.history:q} --device {params.device} --threads {threads} --loader-workers {params.workers}"
        " --out {output.model:q} 2>&1 | tee {log}"
