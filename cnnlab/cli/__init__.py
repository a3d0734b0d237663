"""The commands: one file each, of options, one call and one answer."""
