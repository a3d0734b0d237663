"""Run one command in terminals of several widths, in one process.

    python -m terminal_widths WIDTHS END ARGUMENT …

WIDTHS has the columns of each run, with commas between them. The text END follows each run.
"""

from __future__ import annotations

import fcntl
import struct
import sys
import termios

from cnnlab.cli.main import main

if __name__ == "__main__":
    widths, end, *arguments = sys.argv[1:]
    sys.argv = ["cnnlab", *arguments]
    for columns in map(int, widths.split(",")):
        fcntl.ioctl(2, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        try:
            main()
        except SystemExit as status:
            if status.code:
                raise
        print(end, end="", file=sys.stderr, flush=True)
