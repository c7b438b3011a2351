"""How right the numbers are: truth files, matching, tracking measures, and a report that shows every disagreement."""
