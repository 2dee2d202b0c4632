"""Language models: one small protocol, one adapter for each provider, limits, retries, prices."""
