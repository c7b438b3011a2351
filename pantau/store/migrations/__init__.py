"""Steps that bring a control database of any earlier Pantau to this one's shape; run at open."""
