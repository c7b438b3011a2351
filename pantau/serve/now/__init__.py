"""The city now, and its days so far, worked out by the keeper turn by turn."""
