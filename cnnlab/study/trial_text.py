"""Write the text of the config of a trial, with which a person can train the trial again alone."""

from __future__ import annotations

from cnnlab.spec.config_reader import Config
from cnnlab.spec.edited_text import edit_text
from cnnlab.spec.experiment import BUNDLED_DATASETS
from cnnlab.spec.flow_text import format_json

_COMMENTS = "# The comments below are those of the config that the sweep started from.\n"


def write_trial_text(config: Config, head: str, edits: tuple[str, ...] = ()) -> str:
    """Return the text of a config with `edits` in place and the comment `head` as its first line.

    A data set of the user's own gets its full path, since the text moves to another folder.
    """
    dataset = config.experiment.data.dataset
    if dataset not in BUNDLED_DATASETS:
        edits = (*edits, f"data.dataset={format_json(dataset)}")
    return f"# {head}\n{_COMMENTS}{edit_text(config.text, edits)}"
