"""Commands that take long show in a terminal what they do; nothing of it stays there."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys

import pytest
from terminals import CONTROL, list_lines, open_terminal, read_terminal, run_in_terminal

from cnnlab.progress_display import show_waiting

pytestmark = pytest.mark.slow

SHOWN = {
    ("evaluate",): "evaluating small-001",
    ("report",): "writing the report of small-001",
    ("export", "--format", "keras"): "exporting small-001 as keras",
    ("export", "--format", "page"): "exporting small-001 as page",
}
ERASE_LINE = "\x1b[2K"


@pytest.mark.parametrize("command", SHOWN, ids=" ".join)
def test_a_line_says_what_goes_on_and_for_how_long_until_the_answer_comes(command, run_copy):
    name, *options = command
    text = run_in_terminal(name, "small-001", *options, cwd=run_copy.parent.parent)
    waiting = [line for line in list_lines(text) if SHOWN[command] in line]
    assert waiting
    assert all(re.fullmatch(rf"\S {SHOWN[command]} \d:\d\d:\d\d", line) for line in waiting)
    _, _, rest = text.rpartition(SHOWN[command])
    _, _, answer = rest.rpartition(ERASE_LINE)
    assert re.search("written|accuracy", CONTROL.sub("", answer))


def test_ctrl_c_leaves_neither_the_line_nor_a_hidden_cursor(run_copy):
    """Ctrl-C comes while TensorFlow loads, which ends the process at once."""
    main, terminal = open_terminal(60)
    process = subprocess.Popen(
        [sys.executable, "-m", "cnnlab", "evaluate", "small-001"],
        cwd=run_copy.parent.parent,
        env={**os.environ, "TERM": "xterm"},
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
    )
    os.close(terminal)
    text = ""
    while not re.search(r"0:00:0[1-9]", text):
        text += os.read(main, 65536).decode(errors="replace")
    process.send_signal(signal.SIGINT)
    text += read_terminal(main)
    assert process.wait() == 130
    assert text.endswith("\x1b[Kcnnlab: stopped\r\n")
    assert "\x1b[?25l" not in text


def test_nothing_is_shown_where_no_terminal_is(capsys):
    with show_waiting("evaluating small-001"):
        pass
    assert capsys.readouterr() == ("", "")
