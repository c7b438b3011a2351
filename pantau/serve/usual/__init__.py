"""The usual and the unusual: outlook, weeks, trends, and their words."""
