"""Self-checks that need no truth: does what was counted agree with itself, and does the detector see as it used to?"""
