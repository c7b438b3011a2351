"""Rules on indicators and events, the alarms they raise, and who is told."""
