"""Accuracy and speed, measured on named data; each number stands beside the command that made it."""
