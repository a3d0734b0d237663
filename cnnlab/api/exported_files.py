"""The functions of the Python API that write a trained network into a file for other programs."""

from __future__ import annotations

from pathlib import Path

from cnnlab.api.actions import Reference, load


def export_page(
    run: Reference,
    output: str | Path | None = None,
    *,
    dataset: str | None = None,
    runs: str | Path = "runs",
) -> Path:
    """Write a run as one HTML file, with which people draw and look inside; return its path.

    The file opens in a browser from the disk, and loads nothing else.

    Args:
        run: a run, its path, its name, a unique prefix of its name, or `last`.
        output: the path of the file; the name of the run with `.html` in the current folder if not
            given.
        dataset: the new place of the data, if the data was moved.

    Raises:
        UsageError: the path does not end in .html, or its folder does not exist.
        RunError: no run fits, or the run has no trained weights.
        DataError: the data is missing, or is not the data that the network was trained on.
        DiskError: the file cannot be written.
    """
    from cnnlab.export.file_formats import require_output
    from cnnlab.run_folder import save_file
    from cnnlab.run_folder.untouched_test_set import require_finished_sweep
    from cnnlab.spec.foreign_preparation import ForeignModelOptions
    from cnnlab.study import networks

    if output is not None:
        require_output(Path(output), ".html")
    folder = load(run, runs).folder
    require_finished_sweep(folder.path)
    # This raises its errors before TensorFlow is imported.
    spec = networks.load_network(folder, ForeignModelOptions(dataset)).spec
    from cnnlab.quiet_import import import_tensorflow

    import_tensorflow()
    from cnnlab.export.lesson import build_lesson

    path = Path(output if output is not None else f"{folder.name.replace('/', '-')}.html")
    save_file(path, build_lesson(folder, spec).encode())
    return path
