"""The run folder: made, found, listed, read and written."""

from cnnlab.runs.atomic import save, write_atomically
from cnnlab.runs.finding import DEFAULT_ROOT, all_runs, create, find, of_name
from cnnlab.runs.folder import Run
from cnnlab.runs.reading import Predictions
from cnnlab.runs.record import Record, Resumption, Series, State, utc_now
from cnnlab.runs.specs import MAX_SPEC_BYTES, parse_spec, spec_text

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
