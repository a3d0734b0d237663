"""Compute the output length of a window that slides along one axis, and the unused cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Padding = Literal["same", "valid"] | int


@dataclass(frozen=True)
class Window:
    """A sliding window of `kernel` cells, each `dilation` cells from the next one.

    The window moves by `stride` cells (S). `padding` is `valid` (no padding), `same` (an axis of N
    cells gives ⌈N/S⌉ output cells) or a number of cells on each side (P).
    """

    kernel: int
    stride: int = 1
    padding: Padding = "valid"
    dilation: int = 1

    @property
    def extent(self) -> int:
        """The number of cells from the first to the last cell of the kernel.

        >>> Window(kernel=3, dilation=2).extent
        5
        """
        return (self.kernel - 1) * self.dilation + 1

    def pads(self, length: int) -> tuple[int, int]:
        """Count the padding cells before and after an axis; for `same`, an odd cell is after it.

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
        """Count the output cells: ⌊(N − F + 2P)/S⌋ + 1, or less than 1 if the kernel is too long.

        >>> Window(kernel=3, padding="same").output(28)
        28
        >>> Window(kernel=3, stride=2).output(28)
        13
        """
        return (length - self.extent + sum(self.pads(length))) // self.stride + 1

    def arithmetic(self, length: int) -> str:
        """Write the formula for the number of output cells, with the numbers of this window.

        >>> Window(kernel=3, padding="same").arithmetic(28)
        '⌊(28 − 3 + 2·1)/1⌋ + 1 = 28'
        """
        before, after = self.pads(length)
        padding = f"2·{before}" if before == after else f"{before} + {after}"
        result = self.output(length)
        return f"⌊({length} − {self.extent} + {padding})/{self.stride}⌋ + 1 = {result}"

    def count_unused(self, length: int) -> int:
        """Count the cells of an axis, without padding, that the kernel never covers.

        >>> Window(kernel=2, stride=2).count_unused(7)
        1
        >>> Window(kernel=1, stride=2).count_unused(28)
        14
        """
        before, _ = self.pads(length)
        step, spanned = self.stride, min(self.extent, self.stride)
        end = (self.output(length) - 1) * step + self.extent

        def count_spanned(cell: int) -> int:
            """Count the covered cells among the first `cell` cells of the padded axis."""
            cell = min(cell, end)
            return cell // step * spanned + min(cell % step, spanned)

        return length - count_spanned(before + length) + count_spanned(before)
