"""From cameras and clips to sampled frames: the only place that demuxes and decodes.

Open `clip` first (the loop of files and folders), then `rtsp` (the loop of live streams); `sources` chooses between them.
"""
