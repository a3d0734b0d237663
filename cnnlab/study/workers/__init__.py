"""Train many runs at once: in worker processes on this machine, or as tasks of a Ray cluster."""
