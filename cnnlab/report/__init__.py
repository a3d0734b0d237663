"""The report: a run on one page, with its result, a diagnosis, the architecture, and how to repeat it."""
