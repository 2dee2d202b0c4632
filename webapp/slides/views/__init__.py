"""The pages of slides and imports."""
