"""Several runs: ensembles, one experiment over seeds, joint evaluation, and comparison."""
