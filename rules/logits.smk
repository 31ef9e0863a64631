rule dump_logits:
    input:
        index=ancient(PLAN.index),
        stacks=lambda wildcards: ancient(made(checkpoints).scored(wildcards.key).stacks),
        model=lambda wildcards: ancient(made(checkpoints).scored(wildcards.key).model),
    output:
        update(f"{ROOT}/dump_logits/{{key}}/logits.h5"),
    log:
        "logs/dump_logits/{key}.log",
    benchmark:
        f"{ROOT}/dump_logits/{{key}}/benchmark.tsv"
    conda:
        "../envs/torch.yaml"
    threads: COMPUTE["train_threads"]
    resources:
        **resources_of_network(),
        mem_mb=8000,
        runtime=720,
    params:
        settings=canonical(SETTINGS["test"]),
        compute=compute_of_network(),
    shell:
        "python -m twostream.steps.dump_logits --settings {params.settings:q} --index {input.index:q} --stacks {input.stacks:q}"
        " --model {input.model:q} {params.compute} --threads {threads} --out {output:q} 2>&1 | tee {log}"
