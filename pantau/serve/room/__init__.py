"""What the signed-in may ask: cameras, live stream, alarms, teaching, the steward's desk."""
