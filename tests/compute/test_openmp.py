"""Threads of OpenMP sleep while they wait."""

import os
import subprocess
import sys

import pytest

POLICY = "import os; print(os.environ.get('OMP_WAIT_POLICY'))"


@pytest.mark.parametrize("entry", ["import sys; sys.argv[:1] = ['-m']; import twostream.steps", "CLI"])
@pytest.mark.parametrize(("given", "policy"), [(None, "passive"), ("active", "active")])
def test_entries_let_waiting_threads_sleep_unless_the_user_says_else(entry, given, policy):
    if entry == "CLI":
        entry = "from twostream import cli; import contextlib\nwith contextlib.suppress(SystemExit): cli.main()"
    environment = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}
    environment |= {"OMP_WAIT_POLICY": given} if given else {}
    code = f"{entry}\n{POLICY}"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert run.stdout.splitlines()[-1] == policy
