"""Where runs are kept: the protocol of a store, and the store in a folder."""
