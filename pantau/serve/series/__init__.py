"""A series as its reader may have it, with what belongs beside the numbers."""
