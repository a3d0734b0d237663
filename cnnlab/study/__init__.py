"""Many runs: ensembles, the same experiment over seeds, and what they say together."""
