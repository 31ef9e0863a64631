"""What a user may ask for: `schema.yaml` has every setting, `check` fills and checks what a user wrote.

In: YAML; out: a complete mapping of settings. Begin with `check`.
"""
