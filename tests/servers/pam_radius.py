"""pam_radius_auth, which asks RADIUS for sshd, sudo and the like; pamtester stands in for these.

pam_wrapper lets PAM read its services from a folder of the test: nothing in /etc/pam.d is touched.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from tests.servers.terminal import Terminal, terminal
from tests.servers.typed import Typed, typed

SERVICE = "gate"  # it becomes the NAS-Identifier
SERVICES = """\
auth required pam_radius_auth.so conf={folder}/servers {options}
account required pam_permit.so
"""


class PamRadius:
    """A machine whose service `gate` signs people in through the server on that port."""

    def __init__(self, folder: Path, port: int, secret: str, *, timeout: int = 3, options: str = "") -> None:
        """`timeout` in seconds for each try; it takes 3 to 60. `options` of the module: retry=2 is three tries."""
        (self._wrapper,) = Path("/usr/lib").glob("*/libpam_wrapper.so")
        self._folder = folder / "pam"
        (self._folder / "services").mkdir(parents=True)
        (self._folder / "servers").write_text(f"127.0.0.1:{port} {secret} {timeout}\n")
        service = SERVICES.format(folder=self._folder, options=options)
        (self._folder / "services" / SERVICE).write_text(service)

    @asynccontextmanager
    async def signs_in(self, name: str, *, station: str = "") -> AsyncIterator[Typed]:
        """Somebody at its door, from that address."""
        where = ["-I", f"rhost={station}"] if station else []
        command = ["pamtester", *where, SERVICE, name, "authenticate"]
        async with typed(command, self._environment(), self._folder) as shell:
            yield shell

    @contextmanager
    def terminal(self, name: str) -> Iterator[Terminal]:
        """The same at a terminal, which shows what is typed unless it is told not to; until they are let in."""
        command = ["pamtester", SERVICE, name, "authenticate"]
        with terminal(command, self._folder, self._environment()) as shell:
            yield shell

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "LD_PRELOAD": str(self._wrapper),
            "PAM_WRAPPER": "1",
            "PAM_WRAPPER_SERVICE_DIR": str(self._folder / "services"),
        }
