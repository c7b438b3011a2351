"""From observations to minutes, and from minutes to years."""
