"""The only code that writes slides, triplets, ROIs and imports; one verb a function."""
