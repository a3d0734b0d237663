"""The result of the check of a sweep file: its parameters, its numbers and its cost."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cnnlab.counts import format_count

if TYPE_CHECKING:
    from cnnlab.spec.sweep import Space, Sweep
    from cnnlab.spec.sweep_reader import SweepConfig
    from cnnlab.spec.sweep_summary import SweepSummary


@dataclass(frozen=True)
class CheckedSweep:
    """A sweep file without faults. `print` shows the text that `cnnlab check` prints.

    `opened_images` is the number of images that the check opened; None if it opened no images.
    """

    sweep_config: SweepConfig
    opened_images: int | None = None

    @property
    def sweep(self) -> Sweep:
        """The settings of the sweep file, with all default values."""
        return self.sweep_config.sweep

    @property
    def parameters(self) -> dict[str, Space]:
        """The values of each parameter, by the path of the parameter."""
        return self.sweep_config.spaces

    @cached_property
    def summary(self) -> SweepSummary:
        """The numbers of combinations, trials, epochs and multiply-adds."""
        from cnnlab.spec.sweep_summary import summarize_sweep

        return summarize_sweep(self.sweep_config)

    def to_dict(self) -> dict[str, Any]:
        """The dictionary that `cnnlab check --json` prints."""
        from cnnlab.spec.sweep_summary import summary_to_dict

        plain = summary_to_dict(self.sweep_config, self.summary)
        return {**plain, "opened_images": self.opened_images}

    def __str__(self) -> str:
        from cnnlab.spec.sweep_summary import format_sweep

        text = format_sweep(self.sweep_config, self.summary)
        if self.opened_images is None:
            return text
        return f"{text}{format_count(self.opened_images, 'image')} opened; all can be read\n"

    def _repr_html_(self) -> str:
        from cnnlab.html_page import format_notebook_text

        return format_notebook_text(str(self))
