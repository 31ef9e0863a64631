from snakemake.utils import min_version

min_version("9.0")


# A preset replaces the demo's settings; it is not laid over them. A module of another workflow has its own.
if workflow.modifier.is_main_snakefile() and not workflow.config_settings.configfiles:

    configfile: "config.yaml"


report: "workflow/report/captions/workflow.rst"


include: "rules/project.smk"
include: "rules/common.smk"
include: "rules/compute.smk"
include: "rules/preflight.smk"
include: "rules/ending.smk"


rule all:
    input:
        "results/fusion_report.html",
        "results/fusion_report.json",
        # Only what is asked for by name is made where it is missing: this is, where the report is old.
        STORAGE.at(PLAN.report) if STORAGE else PLAN.report,
    localrule: True
    message:
        "The result is there: {input[0]}."


include: "rules/demo.smk"
include: "rules/index.smk"
include: "rules/frames.smk"
include: "rules/flow.smk"
include: "rules/stacks.smk"
include: "rules/streams.smk"
include: "rules/logits.smk"
include: "rules/features.smk"
include: "rules/fusion.smk"
include: "rules/predictions.smk"
include: "rules/report.smk"
