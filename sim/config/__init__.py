"""The configuration: declaration, checks and composition."""
