"""A person counts a clip: the slit-scan of each line, the sheet of crossings, and the small server of the page."""
