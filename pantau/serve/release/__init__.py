"""What may be published of people and of kinds of numbers: rules, not routes."""
