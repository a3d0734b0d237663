"""What was asked for: the YAML language, its checks and its arithmetic, in pure Python."""
