"""The arithmetic of a sliding window along one axis: kernel, stride, padding, dilation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Padding = Literal["same", "valid"] | int


@dataclass(frozen=True)
class Window:
    """A kernel of `kernel` cells, `dilation` cells apart, that moves by `stride` cells.

    `padding` is `valid` (none), `same` (the output has ⌈N/S⌉ cells) or P cells on each side.
    """

    kernel: int
    stride: int = 1
    padding: Padding = "valid"
    dilation: int = 1

    @property
    def extent(self) -> int:
        """The number of cells that the kernel spans.

        >>> Window(kernel=3, dilation=2).extent
        5
        """
        return (self.kernel - 1) * self.dilation + 1

    def pads(self, length: int) -> tuple[int, int]:
        """Count the cells of padding before and after an axis; `same` puts an odd cell after.

        >>> Window(kernel=2, padding="same").pads(28)
        (0, 1)
        """
        if self.padding == "valid":
            return (0, 0)
        if self.padding == "same":
            total = max((-(-length // self.stride) - 1) * self.stride + self.extent - length, 0)
            return (total // 2, total - total // 2)
        return (self.padding, self.padding)

    def output(self, length: int) -> int:
        """Count the output cells: ⌊(N − F + 2P)/S⌋ + 1, below 1 if the kernel does not fit.

        >>> Window(kernel=3, padding="same").output(28)
        28
        >>> Window(kernel=3, stride=2).output(28)
        13
        """
        return (length - self.extent + sum(self.pads(length))) // self.stride + 1

    def arithmetic(self, length: int) -> str:
        """Write the formula of `output` with the numbers of this window.

        >>> Window(kernel=3, padding="same").arithmetic(28)
        '⌊(28 − 3 + 2·1)/1⌋ + 1 = 28'
        """
        before, after = self.pads(length)
        padding = f"2·{before}" if before == after else f"{before} + {after}"
        result = self.output(length)
        return f"⌊({length} − {self.extent} + {padding})/{self.stride}⌋ + 1 = {result}"

    def count_unused(self, length: int) -> int:
        """Count the cells of an axis, without padding, that no position of the kernel covers.

        >>> Window(kernel=2, stride=2).count_unused(7)
        1
        >>> Window(kernel=1, stride=2).count_unused(28)
        14
        """
        before, _ = self.pads(length)
        step, spanned = self.stride, min(self.extent, self.stride)
        end = (self.output(length) - 1) * step + self.extent

        def count_spanned(cell: int) -> int:
            """Count the cells that some window reads among the first `cell` of the padded axis."""
            cell = min(cell, end)
            return cell // step * spanned + min(cell % step, spanned)

        return length - count_spanned(before + length) + count_spanned(before)
