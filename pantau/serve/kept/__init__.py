"""What the server keeps in memory between questions: the newest of everything."""
