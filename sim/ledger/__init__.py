"""What happened: accounts and the append-only book."""
