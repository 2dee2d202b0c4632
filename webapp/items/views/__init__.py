"""Pages about items, for people who may see keys; one module a subject."""
