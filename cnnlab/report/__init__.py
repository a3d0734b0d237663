"""The report: a run on one page: result, diagnosis, architecture, and how to repeat it."""
