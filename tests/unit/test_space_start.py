"""What a Space reads of the project: README's front matter and packages.txt."""

from pathlib import Path

from scripts.space_start import front_matter, missing_packages

ROOT = Path(__file__).parents[2]


def test_the_front_matter_names_what_a_space_starts():
    space = front_matter((ROOT / "README.md").read_text(encoding="utf-8"))
    assert space["sdk"] == "gradio"
    assert space["python_version"] == "3.12"
    assert (ROOT / space["app_file"]).exists()
    pinned = next(
        line for line in (ROOT / "constraints.txt").read_text().splitlines() if line.startswith("gradio==")
    )
    assert pinned == f"gradio=={space['sdk_version']}", "what was tested is what a Space installs"


def test_a_package_that_is_not_there_is_named():
    assert missing_packages("# a note\nno-such-package-at-all\n\n") == ["no-such-package-at-all"]
