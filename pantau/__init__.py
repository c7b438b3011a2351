"""Pantau (Indonesian: to watch over) turns a city's cameras into data, and forgets who anyone was.

Read `types` (the nouns), `vocabulary` (what is measured), `ports` (the verbs), `pipeline` (the loop) and `app` (who is
who), in that order, and you know the system.
"""

__version__ = "0.1.0"
