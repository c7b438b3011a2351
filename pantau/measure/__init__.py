"""From tracks and pictures to observations and events."""
