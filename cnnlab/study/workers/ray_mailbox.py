"""The mailbox through which the tasks of a Ray cluster and their coordinator exchange messages.

The mailbox is an actor, which is a process of its own. It runs on the node of the coordinator.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

Answer = tuple[bool, str | None]
Message = tuple[str, str, Mapping[str, Any], Mapping[str, bytes]]


class Mailbox:
    """Keeps messages and answers until the other side collects them.

    A message has the key of an attempt at a task, a kind, a content, and the files of the run that
    changed. Each attempt has its own key, so that a late message never counts for a new attempt.
    """

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.arrival = asyncio.Event()
        self.answers: dict[str, asyncio.Future[Answer]] = {}
        self.ends: dict[str, asyncio.Future[None]] = {}
        self.ended: set[str] = set()
        self.is_stopped = False

    async def report(
        self, key: str, kind: str, content: Mapping[str, Any], files: Mapping[str, bytes]
    ) -> None:
        """Take a message to the coordinator."""
        self.messages.append((key, kind, content, files))
        self.arrival.set()

    async def ask(self, key: str, content: Mapping[str, Any], files: Mapping[str, bytes]) -> Answer:
        """Report an epoch, and wait until the coordinator answers.

        Returns whether the coordinator stops the attempt, and its reason to end the task or None.
        """
        if key in self.ended:
            return True, None
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self.answers[key] = answer
        await self.report(key, "epoch", content, files)
        return await answer

    async def collect(self) -> list[Message]:
        """Wait for messages, and return them in their order."""
        await self.arrival.wait()
        self.arrival.clear()
        messages, self.messages = self.messages, []
        return messages

    async def wake(self) -> None:
        """Let `collect` return at once, also without messages."""
        self.arrival.set()

    async def answer(self, key: str, is_stopped: bool, reason: str | None) -> None:
        """Answer the last epoch of an attempt."""
        answer = self.answers.pop(key, None)
        if answer is not None:
            answer.set_result((is_stopped, reason))

    async def wait_for_end(self, key: str) -> None:
        """Wait until the coordinator stops all tasks, or has noted the end of this attempt."""
        if not self._is_over(key):
            self.ends[key] = asyncio.get_running_loop().create_future()
            await self.ends[key]

    async def end(self, key: str) -> None:
        """Note the end of an attempt. If it still runs on a node that seemed dead, it stops."""
        self.ended.add(key)
        await self.answer(key, True, None)
        end = self.ends.pop(key, None)
        if end is not None:
            end.set_result(None)

    async def stop(self) -> None:
        """Tell all attempts, also those to come, to stop after the batch at hand."""
        self.is_stopped = True
        for end in self.ends.values():
            end.set_result(None)
        self.ends.clear()

    def _is_over(self, key: str) -> bool:
        return self.is_stopped or key in self.ended
