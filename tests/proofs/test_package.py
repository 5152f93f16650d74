"""The Debian package, made of this commit: installed in a fresh Debian, run, removed and purged (X76). It takes minutes."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.proof

TRIED = r"""
set -e
as() { setpriv --reuid=radiusd --regid=radiusd --clear-groups "$@"; }
dpkg -i /radiusd.deb >/dev/null
stat -c '%U %a' /etc/radiusd
cd /etc/radiusd
as radiusd init --yes >/dev/null
as radiusd check
echo 'long tulip 9' | as radiusd user add ann --password-stdin
as radiusd run >/run.txt 2>&1 &
for _ in $(seq 120); do grep -q 'is ready' /run.txt && break; sleep 0.5; done
echo 'long tulip 9' | as radiusd login ann --password-stdin
kill "$(head -n 1 radiusd.pid)"
systemd-analyze security --offline=true --threshold=20 radiusd.service >/dev/null
dpkg -r radiusd >/dev/null
ls radiusd.db radiusd.key
cd /
dpkg -i /radiusd.deb >/dev/null
dpkg -P radiusd >/dev/null
find / -xdev -name '*radiusd*' -not -path '/proc/*' -not -name radiusd.deb
"""


@pytest.fixture
def debian(tmp_path):
    """A folder with the smallest Debian of this machine's release, without a network but its own loopback."""
    sources = "".join(path.read_text() for path in Path("/etc/apt/sources.list.d").glob("debian.sources"))
    mirror = re.search(r"^URIs: *(\S+)", sources, re.MULTILINE)
    release = re.search(r"^VERSION_CODENAME=(\S+)", Path("/etc/os-release").read_text(), re.MULTILINE)[1]
    command = ["debootstrap", "--variant=minbase", "--include=python3,systemd,libcrypt1", release, tmp_path / "debian"]
    subprocess.run([*command, mirror[1]] if mirror else command, check=True, capture_output=True)
    return tmp_path / "debian"


def test_the_package_installs_runs_and_leaves_nothing(debian):
    """What `apt remove` leaves are the settings, database and key; `purge` leaves nothing but the user."""
    made = subprocess.run([ROOT / "install/package"], cwd=ROOT, check=True, capture_output=True, text=True)
    shutil.copy(ROOT / made.stdout.splitlines()[-1], debian / "radiusd.deb")
    inside = ["unshare", "--net", "--mount", "--pid", "--fork", "sh", "-c"]
    words = f'ip link set lo up; mount -t proc proc "{debian}/proc"; exec chroot "{debian}" bash -c "$0"'
    done = subprocess.run([*inside, words, TRIED], capture_output=True, text=True, timeout=600, check=False)
    assert (done.returncode, done.stdout.splitlines()) == (
        0,
        [
            "radiusd 700",
            "radius.yaml: no faults, no warnings",
            "ann is added",
            "Access-Accept",
            "radiusd.db",
            "radiusd.key",
        ],
    ), done.stderr
