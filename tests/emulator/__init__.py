"""A local server that speaks the wire formats of the language models' providers."""
