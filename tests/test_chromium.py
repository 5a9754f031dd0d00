"""In which order a browser for the tests is looked for, and what is said where there is none."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

import chromium


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """A machine with nothing on it; ``machine.has(name)`` puts a program on its path."""

    class Machine:
        playwright = None
        ran = ()

        def has(self, name: str) -> Path:
            program = tmp_path / name
            program.write_text("#!/bin/sh\n", encoding="utf-8")
            program.chmod(0o755)
            return program

        def run(self, command, **_):
            """Stand for `subprocess.run`: answer for Playwright, note everything else and do nothing."""
            if chromium.ASK_PLAYWRIGHT in command:
                return subprocess.CompletedProcess(command, 0, f"{self.playwright}\n", "")
            self.ran += (" ".join(map(str, command)),)
            return subprocess.CompletedProcess(command, 0, "", "")

    machine = Machine()
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(chromium, "ELSEWHERE", ())
    monkeypatch.setattr(subprocess, "run", machine.run)
    monkeypatch.setattr(os, "geteuid", lambda: 1000, raising=False)
    return machine


needs_posix = pytest.mark.skipif(os.name == "nt", reason="the programs of the tests are shell scripts")
pytestmark = needs_posix


def test_the_variable_comes_before_what_is_installed(machine, monkeypatch, tmp_path):
    machine.has("chromium")
    chosen = machine.has("my-chrome")
    monkeypatch.setenv("CHROMIUM", str(chosen))
    assert chromium.find() == chosen
    monkeypatch.setenv("CHROMIUM", "my-chrome")  # a name on the path will do
    assert chromium.find() == chosen


def test_a_variable_that_names_no_program_is_an_error_not_a_wish(machine, monkeypatch):
    machine.has("chromium")
    monkeypatch.setenv("CHROMIUM", "/no/such/browser")
    for search in (chromium.find, chromium.install):
        with pytest.raises(chromium.NoChromiumError, match="CHROMIUM=/no/such/browser"):
            search()
    assert machine.ran == ()


def test_what_is_installed_comes_before_what_playwright_downloaded(machine):
    machine.playwright = machine.has("downloaded")
    chrome = machine.has("google-chrome")
    assert chromium.find() == chrome
    assert chromium.find() != machine.has("chromium") == chromium.find()  # Chromium before Chrome


def test_what_playwright_downloaded_is_found(machine):
    machine.playwright = machine.has("downloaded")
    assert chromium.find() == machine.playwright


def test_outside_the_path_the_usual_places_are_searched(machine, monkeypatch, tmp_path):
    program = machine.has("chrome.exe")
    monkeypatch.setenv("ProgramFiles(x86)", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path / "elsewhere"))
    monkeypatch.setattr(chromium, "ELSEWHERE", ("${ProgramFiles}/chrome.exe", "${ProgramFiles(x86)}/chrome.exe"))
    assert chromium.find() == program


def test_nothing_there_is_an_error_with_the_three_commands(machine):
    with pytest.raises(chromium.NoChromiumError) as error:
        chromium.find()
    for command in ("apt-get install chromium", "-m playwright install chromium", "export CHROMIUM="):
        assert command in str(error.value)


def test_what_is_there_is_not_installed_again(machine):
    program = machine.has("chromium")
    assert chromium.install() == program
    assert machine.ran == ()


def test_root_takes_the_package_and_then_playwright(machine, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0, raising=False)
    machine.has("apt-get")
    with pytest.raises(chromium.NoChromiumError):
        chromium.install()  # neither command of this machine brings a browser
    update, package, playwright = machine.ran
    assert update == "apt-get update"
    assert package.startswith("apt-get install")
    assert "chromium" in package
    assert playwright.endswith("-m playwright install --with-deps chromium")


def test_without_root_playwright_downloads(machine, monkeypatch):
    machine.has("apt-get")
    download = machine.run

    def run(command, **options):
        if "playwright" in command:
            machine.playwright = machine.has("downloaded")
        return download(command, **options)

    monkeypatch.setattr(subprocess, "run", run)
    program = chromium.install()
    assert program == machine.playwright
    install, check = machine.ran
    assert install.endswith("-m playwright install chromium")
    assert check == f"{program} --version"  # it is started once before the tests rely on it


def test_the_command_prints_the_place_or_what_to_do(machine, capsys):
    assert chromium.main(["--find"]) == 1
    assert "none was found" in capsys.readouterr().err
    program = machine.has("chromium")
    assert chromium.main([]) == 0
    assert capsys.readouterr().out.strip() == str(program)
    assert chromium.main(["--help"]) == 2


def test_a_found_program_can_be_run(machine):
    program = machine.has("chromium")
    program.chmod(0o644)
    assert shutil.which("chromium") is None
    with pytest.raises(chromium.NoChromiumError):
        chromium.find()
