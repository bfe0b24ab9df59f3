"""Who acts for a firm. Plain Mesa agents in both engines."""
