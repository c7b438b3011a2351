"""What is usual at an hour, what tomorrow may bring, whether today is out of the ordinary, and whether a year was busier than the last.

Open `usual` first (one number for each hour of a day), then `outlook` (its range, and what lies outside); `week` and `trend` stand alone.
"""
