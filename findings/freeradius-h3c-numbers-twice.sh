#!/bin/bash
# FreeRADIUS 3.2.1 (Debian 12: freeradius-common 3.2.1+dfsg-4+deb12u1): dictionary.h3c gives the numbers 146 and 147 to two
# attributes each, which mean different things: IPv6 packets, and IPv6 gigawords. A reader of it, here pyrad 2.6.0, takes
# what was written as the first for the second.
#
# Seen: 5 packets that a NAS counted are read as 5 gigawords, that is as 5 times 2^32 octets.
# Expected: a number of its own for each; H3C's document has 148 and 149 for the gigawords.
#
# Needs Debian 12 with its package lists, and python3 with venv. Ends with 0 while it is so, 1 once it is not, 2 where a
# package is not to be had.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

apt-get download -qq freeradius-common=3.2.1+dfsg-4+deb12u1 || exit 2
dpkg -x freeradius-common_*.deb theirs
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check pyrad==2.6.0 || exit 2

venv/bin/python - <<'PYTHON'
import sys

from pyrad.dictionary import Dictionary
from pyrad.packet import AcctPacket

words = Dictionary("theirs/usr/share/freeradius/dictionary.h3c")
seen = []
for way in ("Input", "Output"):
    sent = AcctPacket(id=1, secret=b"secret", dict=words)
    sent[f"H3C-Acct-IPv6-{way}-Packets"] = 5
    received = AcctPacket(packet=sent.RequestPacket(), secret=b"secret", dict=words)
    [name] = received.keys()
    seen.append((name, received[name]))
    print(f"H3C-Acct-IPv6-{way}-Packets = 5 is read as {name} = {received[name][0]}")
sys.exit(seen != [("H3C-Acct-IPv6-Input-Gigawords", [5]), ("H3C-Acct-IPv6-Output-Gigawords", [5])])
PYTHON
