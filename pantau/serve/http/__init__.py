"""The door and the manners of the web: who may ask, what may be kept, how it is refused."""
