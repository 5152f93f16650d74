#!/bin/bash
# ProFTPD 1.3.8 (Debian 12: proftpd-core 1.3.8+dfsg-4+deb12u5): mod_radius gives up after 5 s, whatever time-out stands
# behind the secret in RadiusAuthServer. Its log then says "Interrupted system call".
#
# Seen: with a time-out of 40, a server that accepts after 3 s lets the user in (230), one that accepts after 7 s does not:
# 530 after 5 s.
# Expected: 230 for both, since it was told to wait for 40 s.
#
# Needs Debian 12 with its package lists, and python3; as root, since the server becomes somebody else. Ends with 0 while it
# is so, 1 once it is not, 2 where a package is not to be had.
set -euo pipefail
folder=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; wait; rm -rf "$folder"' EXIT
chmod 755 "$folder"
cd "$folder"

apt-get download -qq proftpd-core=1.3.8+dfsg-4+deb12u5 libhiredis0.14 libmemcached11 libmemcachedutil2 || exit 2
for package in *.deb; do dpkg -x "$package" unpacked; done

cat >radius.py <<'PYTHON'
"""Accepts each request, as many seconds after it as its password is long."""
import hashlib, socket, sys, threading, time

secret, udp = b"secret", socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind(("127.0.0.1", 0))
print(udp.getsockname()[1], flush=True)


def answer(octets, address):
    at, attributes = 20, {}
    while at < len(octets):
        attributes[octets[at]] = octets[at + 2 : at + octets[at + 1]]
        at += octets[at + 1]
    mask = hashlib.md5(secret + octets[4:20]).digest()
    password = bytes(a ^ b for a, b in zip(attributes[2], mask)).rstrip(b"\0")
    time.sleep(len(password))
    head = bytes((2, octets[1])) + (20).to_bytes(2, "big")
    udp.sendto(head + hashlib.md5(head + octets[4:20] + secret).digest(), address)


while True:
    threading.Thread(target=answer, args=udp.recvfrom(4096), daemon=True).start()
PYTHON
python3 radius.py >port &
for _ in {1..100}; do [[ -s port ]] && break; sleep 0.1; done
ftp=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')

cat >proftpd.conf <<CONF
ModulePath $folder/unpacked/usr/lib/proftpd
LoadModule mod_radius.c
ServerType standalone
DefaultAddress 127.0.0.1
UseIPv6 off
Port $ftp
User nobody
Group nogroup
PidFile $folder/pid
ScoreboardFile $folder/scoreboard
WtmpLog off
DelayEngine off
RequireValidShell off
AuthOrder mod_radius.c
RadiusEngine on
RadiusLog $folder/radius.log
RadiusAuthServer 127.0.0.1:$(<port) secret 40
RadiusOptions IgnoreReplyMessage
RadiusUserInfo 65534 65534 / /bin/sh
CONF
LD_LIBRARY_PATH=$(echo "$folder"/unpacked/usr/lib/*-linux-gnu) unpacked/usr/sbin/proftpd -n -c "$folder/proftpd.conf" &>log &
for _ in {1..100}; do grep -q "standalone mode STARTUP" log && break; sleep 0.1; done

python3 - "$ftp" <<'PYTHON'
import ftplib, sys, time

seen = []
for seconds in (3, 7):
    began = time.monotonic()
    with ftplib.FTP() as ftp:
        ftp.connect("127.0.0.1", int(sys.argv[1]), timeout=60)
        try:
            said = ftp.login("ann", "x" * seconds)
        except ftplib.error_perm as refused:
            said = str(refused)
    print(f"accepted after {seconds} s: {said.split()[0]} after {time.monotonic() - began:.0f} s")
    seen.append(said[:3])
sys.exit(seen != ["230", "530"])
PYTHON
