"""One thin `main` a rule: arguments -> library -> files. None needs Snakemake."""
