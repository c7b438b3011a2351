"""From a camera, clip or folder to frames with the time of their capture."""
