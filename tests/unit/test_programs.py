"""Where the test command has installed a program, its absence is told; elsewhere its tests are left out."""

import pytest

from tests import programs


def test_outside_of_the_test_command_a_missing_program_skips(monkeypatch):
    monkeypatch.setattr(programs, "COMPLETE", False)
    monkeypatch.setattr("shutil.which", lambda _: None)
    with pytest.raises(pytest.skip.Exception, match="ffmpeg"):
        programs.need_ffmpeg()


def test_under_the_test_command_a_missing_program_fails(monkeypatch):
    monkeypatch.setattr(programs, "COMPLETE", True)
    monkeypatch.setattr("shutil.which", lambda _: None)
    with pytest.raises(pytest.fail.Exception, match="installs it"):
        programs.need_ffmpeg()


def test_a_program_that_is_there_lets_the_test_go_on(monkeypatch):
    monkeypatch.setattr(programs, "COMPLETE", True)
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    programs.need_ffmpeg()
