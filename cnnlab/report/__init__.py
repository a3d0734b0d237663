"""The report of a run on one page: result, diagnosis, architecture, and commands to repeat it."""
