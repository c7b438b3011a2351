"""Accuracy and speed, measured on named data; each number stands beside the command that made it."""

from pantau.process import one_thread_each

one_thread_each()  # as a running city has it; peers that are measured beside it, too
