"""Train an experiment into a run folder: a spec and data become a trained model."""
