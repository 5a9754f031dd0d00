"""Where the second browser is looked for, when Debian's is installed, and when its absence is an error."""

import os
import subprocess
from pathlib import Path

import pytest

import firefox

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the programs of the tests are shell scripts")


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """A machine with nothing on it; ``machine.has(name)`` puts a program on its path."""

    class Machine:
        ran = ()
        brings = None  # what the package would put there

        def has(self, name: str) -> Path:
            program = tmp_path / name
            program.write_text("#!/bin/sh\n", encoding="utf-8")
            program.chmod(0o755)
            return program

        def run(self, command, **_):
            self.ran += (" ".join(map(str, command)),)
            if "install" in command and self.brings:
                self.has(self.brings)
            return subprocess.CompletedProcess(command, 0, "", "")

    machine = Machine()
    for name in ("FIREFOX", "CI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(firefox, "ELSEWHERE", ())
    monkeypatch.setattr(subprocess, "run", machine.run)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    return machine


def test_the_variable_then_debians_then_any_other(machine, monkeypatch):
    other = machine.has("firefox")
    assert firefox.find() == other
    debians = machine.has("firefox-esr")
    assert firefox.find() == debians
    chosen = machine.has("my-firefox")
    monkeypatch.setenv("FIREFOX", str(chosen))
    assert firefox.find() == chosen


def test_a_variable_that_names_no_program_is_an_error_and_installs_nothing(machine, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    machine.has("apt-get")
    machine.has("firefox")
    monkeypatch.setenv("FIREFOX", "/no/such/browser")
    with pytest.raises(firefox.NoFirefoxError, match="FIREFOX=/no/such/browser"):
        firefox.install()
    assert machine.ran == ()


def test_root_takes_debians_package(machine, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    machine.has("apt-get")
    machine.brings = "firefox-esr"
    assert firefox.install().name == "firefox-esr"
    update, package = machine.ran
    assert update == "apt-get update"
    assert "install --yes --no-install-recommends firefox-esr" in package


def test_nobody_else_installs_anything(machine):
    machine.has("apt-get")
    with pytest.raises(firefox.NoFirefoxError, match="apt-get install firefox-esr"):
        firefox.install()
    assert machine.ran == ()


@pytest.mark.parametrize(("ci", "status"), [(None, 0), ("", 0), ("false", 0), ("true", 1), ("1", 1)])
def test_a_missing_firefox_is_an_error_where_the_book_is_integrated_only(machine, monkeypatch, capsys, ci, status):
    if ci is not None:
        monkeypatch.setenv("CI", ci)
    assert firefox.main([]) == status
    assert "tested in Chromium only" in capsys.readouterr().err


def test_the_command_prints_the_place(machine, capsys):
    program = machine.has("firefox")
    assert firefox.main(["--find"]) == 0
    assert capsys.readouterr().out.strip() == str(program)
    assert firefox.main(["--help"]) == 2
