"""Running a batch: model calls on an event loop of their own, the database in groups beside it."""
