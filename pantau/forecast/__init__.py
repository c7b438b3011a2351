"""What is usual at an hour, what tomorrow may bring, and whether today is out of the ordinary.

Open `usual` first (one number for each hour of a day), then `outlook` (its range, and what lies outside).
"""
