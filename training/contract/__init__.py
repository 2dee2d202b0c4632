"""The formats both sides of a release agree on. Standard library only."""
