"""The only code that writes batches, slots, calls, screenings and constraints."""
