"""The run folder: made, found, listed, read and written."""

from cnnlab.runs.atomic import write_atomically
from cnnlab.runs.finding import DEFAULT_ROOT, all_runs, create, find
from cnnlab.runs.folder import Record, Run, utc_now
from cnnlab.runs.specs import parse_spec, spec_text

__all__ = [
    "DEFAULT_ROOT",
    "Record",
    "Run",
    "all_runs",
    "create",
    "find",
    "parse_spec",
    "spec_text",
    "utc_now",
    "write_atomically",
]
