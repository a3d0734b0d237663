"""`cnnlab lab`: its address, its end, and its errors in words."""

from __future__ import annotations

import re
import signal
import subprocess
import sys

from lab_server import LabProcess

WITHOUT_PACKAGES = """
import sys
sys.modules["uvicorn"] = None
from cnnlab.cli.main import main
main()
"""


def test_ctrl_c_closes_the_lab_and_says_that_trainings_go_on(tmp_path):
    lab = LabProcess(tmp_path)
    assert re.fullmatch(
        r"the lab is open: http://127\.0\.0\.1:\d+/\?token=[\w-]{32}\n", lab.first_line
    )
    lab.process.send_signal(signal.SIGINT)
    lab.process.communicate()
    assert lab.process.returncode == 130
    assert lab.errors.read_text() == (
        "Ctrl-C closes it; trainings go on\ncnnlab: the lab is closed; trainings go on\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["lab-stderr.txt"]


def test_ctrl_c_also_ends_a_page_that_listens(tmp_path):
    lab = LabProcess(tmp_path)
    events = lab.read_events()
    lab.process.send_signal(signal.SIGINT)
    assert [*events] == []
    lab.process.communicate()
    assert lab.process.returncode == 130


def test_without_its_packages_the_lab_says_what_to_install(tmp_path):
    command = [sys.executable, "-c", WITHOUT_PACKAGES, "lab"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "cnnlab: the lab needs starlette and uvicorn: pip install 'cnnlab[lab]'\n"
    )


def test_an_address_that_this_machine_has_not_is_refused(cnnlab, tmp_path):
    done = cnnlab("lab", "--host", "192.0.2.1", "--no-browser", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("cnnlab: --host 192.0.2.1: this machine has no such address: ")
    assert cnnlab("lab", "--port", "70000", cwd=tmp_path).returncode == 2


def test_a_lab_for_all_machines_says_so_and_answers_to_the_address_it_was_reached_at(tmp_path):
    lab = LabProcess(tmp_path, "--host", "0.0.0.0")
    assert "every machine that reaches this address" in lab.errors.read_text()
    for host, status in (
        (f"127.0.0.1:{lab.port}", 200),
        (f"localhost:{lab.port}", 200),
        (f"evil.example:{lab.port}", 421),
        ("127.0.0.1", 421),
    ):
        assert lab.request("GET", "/api/runs", headers={"Host": host}).status == status
    lab.end()
