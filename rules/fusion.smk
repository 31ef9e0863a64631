rule fuse:
    input:
        lambda wildcards: ancient(list(made(checkpoints).logits.values())),
    output:
        f"{ROOT}/fuse/{{key}}/fusion.json",
    log:
        "logs/fuse/{key}.log",
    benchmark:
        f"{ROOT}/fuse/{{key}}/benchmark.tsv"
    conda:
        "../envs/fusion.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=60,
    params:
        settings=canonical(SETTINGS["fusion"]),
        logits=lambda wildcards: [f"{name}={path}" for name, path in made(checkpoints).logits.items()],
    shell:
        "python -m twostream.steps.fuse --settings {params.settings:q} --logits {params.logits:q} --out {output:q} 2>&1 | tee {log}"
