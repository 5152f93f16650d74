"""What makes radiusd a service: the unit, its user, and the version that a package has."""

from __future__ import annotations

import configparser
import os
import shutil
import subprocess
from pathlib import Path

import pytest

import radiusd

INSTALL = Path(__file__).parents[1] / "install"
MOST_EXPOSED = 20  # tenths, of systemd's 0 to 10


def unit(section="Service"):
    read = configparser.RawConfigParser(strict=False)
    read.optionxform = str
    read.read(INSTALL / "radiusd.service")
    return read[section]


def exposed(file):
    """Whether systemd finds it more exposed than it may be."""
    command = ["systemd-analyze", "security", "--offline=true", f"--threshold={MOST_EXPOSED}", "--no-pager", file]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "Overall exposure level" in done.stdout, done.stderr
    return done.returncode != 0


def test_the_unit_is_as_narrow_as_systemd_can_tell(tmp_path):
    """X76: 2.0 of 10 at most; and its opposite, a unit that leaves some of it out."""
    assert not exposed(INSTALL / "radiusd.service")
    lines = (INSTALL / "radiusd.service").read_text().splitlines(keepends=True)
    bare = tmp_path / "bare.service"
    bare.write_text("".join(line for line in lines if not line.startswith(("Protect", "Private", "SystemCall"))))
    assert exposed(bare)


def test_the_unit_has_room_for_connections_and_writes_no_core():
    """X76: a core has passwords in it, and each connection is a file."""
    service = unit()
    assert (service["LimitCORE"], int(service["LimitNOFILE"]) >= 65536) == ("0", True)
    assert service["User"] == "radiusd"
    assert service["ReadWritePaths"] == service["WorkingDirectory"] == "/etc/radiusd"


def test_it_is_started_again_however_often_it_fails():
    """systemd gives up for good after five starts in ten seconds, unless told otherwise: PostgreSQL may take longer."""
    assert unit("Unit")["StartLimitIntervalSec"] == "0"
    assert unit()["Restart"] == "on-failure"


def test_make_install_makes_the_user_its_folder_and_the_unit(tmp_path):
    """X76: in a folder that stands for another machine's root; twice, as an update does."""
    for _ in range(2):
        made = [INSTALL / "service", "/opt/bin"]
        done = subprocess.run(
            made, env={**os.environ, "DESTDIR": str(tmp_path)}, capture_output=True, text=True, check=True
        )
        assert done.stdout.startswith("The unit radiusd.service is there. Next: "), done.stderr
    [user] = [line.split(":") for line in (tmp_path / "etc/passwd").read_text().splitlines()]
    assert (user[0], user[5], user[6]) == ("radiusd", "/etc/radiusd", "/usr/sbin/nologin")
    folder = (tmp_path / "etc/radiusd").stat()
    assert (folder.st_uid, folder.st_gid, folder.st_mode & 0o777) == (int(user[2]), int(user[3]), 0o700)
    there = (tmp_path / "usr/local/lib/systemd/system/radiusd.service").read_text()
    assert there == (INSTALL / "radiusd.service").read_text().replace("/usr/local/bin/", "/opt/bin/")


@pytest.fixture
def clone(tmp_path):
    """A repository with one commit, that has what the version is made of."""
    for name in ("install/version", "radiusd/__init__.py", "CHANGELOG.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(INSTALL.parent / name, tmp_path / name)

    def git(*words):
        who = ("-c", "user.name=a", "-c", "user.email=a@example.com")
        subprocess.run(["git", *who, *words], cwd=tmp_path, check=True, capture_output=True)

    git("init")
    git("add", "-A")
    git("commit", "-m", "one")
    return tmp_path, git


def version_of(folder):
    return subprocess.run([folder / "install/version"], capture_output=True, text=True, check=False)


def test_the_version_of_a_package_is_that_of_a_tag_or_before_it(clone):
    """X76: what is not released sorts before the release that it becomes."""
    folder, git = clone
    before = version_of(folder).stdout.strip()
    assert before.startswith(f"{radiusd.__version__}~")
    assert (
        subprocess.run(["dpkg", "--compare-versions", before, "lt", radiusd.__version__], check=False).returncode == 0
    )
    changelog = folder / "CHANGELOG.md"
    text = changelog.read_text()
    changelog.write_text(
        text.replace("## [Unreleased]", f"## [Unreleased]\n\n## [{radiusd.__version__}] - 2026-12-01", 1)
    )
    git("commit", "-am", "release")
    git("tag", f"v{radiusd.__version__}")
    assert version_of(folder).stdout.strip() == radiusd.__version__


def test_a_tag_without_a_section_of_the_changes_is_no_release(clone):
    folder, git = clone
    changelog = folder / "CHANGELOG.md"
    changelog.write_text("# Changelog\n\n## [Unreleased]\n")
    git("commit", "-am", "nothing is told")
    git("tag", f"v{radiusd.__version__}")
    done = version_of(folder)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"The tag v{radiusd.__version__} has no section in CHANGELOG.md.\n"
