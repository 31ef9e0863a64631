"""Where an artefact lies and what made it: stages, keys, provenance, costs, who uses what.

Settings and upstream keys come in; paths, records and costs go out. Begin with `stages`.
"""
