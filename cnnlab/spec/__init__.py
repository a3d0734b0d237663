"""The config language: its YAML form, its checks and its arithmetic, in pure Python."""
