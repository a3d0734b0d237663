"""The commands: one file each, with its options, one call and one answer."""
