"""Tries a new detector beside the old one, on the same pictures, without touching what is stored."""
