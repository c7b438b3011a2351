"""What the commands of `pantau.cli` do, one module per kind of work; they may use everything below them."""
