"""Train the network of an experiment, and save the trained network in a run folder."""
