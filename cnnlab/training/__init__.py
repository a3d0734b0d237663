"""Spec and data → a trained model in a run folder."""
