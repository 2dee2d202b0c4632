"""What the API takes and answers with, one file a topic."""
