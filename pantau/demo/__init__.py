"""The sample city behind ``pantau demo``: real footage, real history, nothing invented."""
