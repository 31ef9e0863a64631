"""Where an artefact lies and what made it: keys, provenance, costs, who uses what.

Begin with `keys`.
"""
