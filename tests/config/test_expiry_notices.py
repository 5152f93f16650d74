"""`expiry_notices` of the local directory, as it is written: what is wrong with it is told at its place."""

from __future__ import annotations

import pytest

from config import reading
from config.faults import SettingsError
from radiusd.process.kinds import kinds
from tests.servers.running import LOCAL

YAML = """\
mail_servers:
  post: {host: smtp.example.com, from_address: mfa@example.com}
directories:
  local:
    type: local
    expiry_notices: NOTICES
"""
RIGHT = "{before: [14d, 3d, 1d], mail_servers: [post]}"


def read(folder, notices):
    path = folder / "radius.yaml"
    path.write_text(YAML.replace("NOTICES", notices) + LOCAL.replace("directories:\n  local: {type: local}\n", ""))
    return reading.read(path, kinds())


def test_it_is_read_and_its_mail_server_is_used(tmp_path):
    settings = read(tmp_path, RIGHT)
    notices = settings.directories["local"].expiry_notices
    assert ([each.days for each in notices.before], notices.tell) == ([14, 3, 1], ("user", "sponsor"))
    assert [fault.message for fault in settings.warnings if "`post`" in fault.message] == []
    unused = read(tmp_path, "null").warnings
    assert [fault.message for fault in unused if "`post` is used nowhere" in fault.message] != []


@pytest.mark.parametrize(
    ("notices", "told"),
    [
        ("{before: [14d], mail_servers: [pst]}", "unknown mail server `pst`; did you mean `post`?"),
        ("{before: [], mail_servers: [post]}", "before"),
        ("{before: [0s], mail_servers: [post]}", "must be longer than 0s"),
        ("{before: [3d, 3d], mail_servers: [post]}", "before"),
        ("{before: 3d}", "mail_servers"),
        ("{before: 3d, mail_servers: post, tell: [boss]}", "tell"),
        ("{before: 3d, mail_servers: post, message: '{{ until_when }}'}", "unknown variable `until_when`"),
        ("{before: 3d, mail_servers: post, sponsor_message: '{{ user.username }}'}", "unknown variable `user`"),
        ("{befor: 3d, mail_servers: post}", "befor"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_it_is_told_at_its_line(tmp_path, notices, told):
    with pytest.raises(SettingsError) as wrong:
        read(tmp_path, notices)
    sentences = [str(fault) for fault in wrong.value.faults]
    assert any("radius.yaml:6:" in each and told in each for each in sentences), sentences
