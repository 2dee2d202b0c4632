"""How CrossScope is started: embedded engines, the demo, and the files of a production stack."""
