"""What a trained network looks at, from its checkpoints alone: arrays, and files that show them.

No Keras is needed to ask (`stages`, `subject`, `request`, `asking`); the others answer.
"""
