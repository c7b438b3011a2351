"""Potential revenue: what counts could be worth under a tariff, always a range with its assumptions, never a demand."""
