"""The Python API: functions, and methods of a run, that do the same as the commands."""
