"""The suite: one file a breaking point."""
