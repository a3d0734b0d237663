"""Turn the value of the option --dataset into the data section of an experiment."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from cnnlab.errors import UsageError
from cnnlab.spec.experiment import Data, resolve_paths
from cnnlab.spec.fault_messages import explain_error
from cnnlab.spec.starter_config import complete_path


def build_data_section(dataset: str, **fields: object) -> Data:
    """Build a data section whose data set the user named with --dataset.

    Args:
        dataset: the name of a data set, or the path of a file or folder; a relative path starts at
            the current folder.
        fields: the other fields of the section.

    Raises:
        UsageError: `dataset` cannot be the name of a data set.
    """
    try:
        data = Data.model_validate({**fields, "dataset": complete_path(dataset, Path())})
    except ValidationError as error:
        [detail] = error.errors(include_url=False)
        problem = explain_error({**detail, "loc": ("data", *detail["loc"])})
        parts = filter(None, (problem.message, f"expected {problem.expected}", problem.hint))
        raise UsageError(f"--dataset: {'; '.join(parts)}") from None
    return resolve_paths(data, Path())
