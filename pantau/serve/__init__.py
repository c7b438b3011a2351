"""From the store and the board to people: API, pages, live streams."""
