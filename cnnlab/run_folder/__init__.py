"""The run folder: made, found, listed, read and written."""

from cnnlab.run_folder.atomic import save, write_atomically
from cnnlab.run_folder.finding import DEFAULT_ROOT, all_runs, create, find, of_name
from cnnlab.run_folder.folder import Run
from cnnlab.run_folder.reading import Predictions
from cnnlab.run_folder.record import Record, Resumption, Series, State, utc_now
from cnnlab.run_folder.specs import MAX_SPEC_BYTES, parse_spec, spec_text

__all__ = [
    "DEFAULT_ROOT",
    "MAX_SPEC_BYTES",
    "Predictions",
    "Record",
    "Resumption",
    "Run",
    "Series",
    "State",
    "all_runs",
    "create",
    "find",
    "of_name",
    "parse_spec",
    "save",
    "spec_text",
    "utc_now",
    "write_atomically",
]
