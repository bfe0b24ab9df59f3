"""The configuration: its declaration, its checks, and how it is composed."""
