"""The stages of making a question, each from plain values to plain values."""
