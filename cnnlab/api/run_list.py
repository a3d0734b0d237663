"""The class RunList: a list of runs, which a notebook shows as a table."""

from __future__ import annotations

from cnnlab.api.run import Run


class RunList(list[Run]):
    """A list of runs, which a notebook shows as a table."""

    def _repr_html_(self) -> str:
        from cnnlab.html_page import build_table
        from cnnlab.run_folder.runs_table import read_row

        rows = []
        for run in self:
            row = read_row(run.folder)
            record, accuracy = row.record, row.accuracy
            if record is None:
                rows.append([run.name, "damaged", "", "", ""])
                continue
            shown = "" if accuracy is None else f"{accuracy:.2%}"
            rows.append([run.name, record.status, record.config, str(record.epochs), shown])
        headings = ["run", "status", "config", "epochs", "test accuracy"]
        return build_table("runs", headings, rows, (0, 1, 2))
