"""Many markets: where they run, how they are identified, and where they are kept."""
