rule dump_logits:
    input:
        index=ancient(PLAN.index),
        stacks=lambda wildcards: ancient(made(checkpoints).scored(wildcards.key).stacks),
        model=lambda wildcards: ancient(made(checkpoints).scored(wildcards.key).model),
    output:
        f"{ROOT}/dump_logits/{{key}}/logits.h5",
    log:
        "logs/dump_logits/{key}.log",
    benchmark:
        f"{ROOT}/dump_logits/{{key}}/benchmark.tsv"
    conda:
        "../envs/torch.yaml"
    threads: COMPUTE["train_threads"]
    resources:
        mem_mb=8000,
        runtime=720,
        gpu=1,
    params:
        settings=canonical(SETTINGS["test"]),
        device=COMPUTE["device"],
    shell:
        "python -m twostream.steps.dump_logits --settings {params.settings:q} --index {input.index:q} --stacks {input.stacks:q}"
        " --model {input.model:q} --device {params.device} --threads {threads} --out {output:q} 2>&1 | tee {log}"
