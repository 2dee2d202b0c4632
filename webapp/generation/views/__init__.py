"""The pages of curators: batches, launching one, calls, providers; one module for each."""
