#!/bin/bash
# KeePassXC (Debian 12: keepassxc 2.7.4+dfsg.1-2): an otpauth address whose time step is longer than 60 s is taken, and
# its codes are computed with steps of 60 s.
#
# Seen: of an entry with `period=120` the command line shows the code of a step of 60 s, and says nothing; with
# `period=60` it shows that of 60 s.
# Expected: the code of 120 s (RFC 6238 section 4.1: the step is a parameter), or a refusal.
#
# Needs Debian 12 with its package lists, and python3. Ends with 0 while it is so, 1 once it is not, 2 where a package is
# not to be had.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
chmod 755 "$folder"
cd "$folder"

needed="libargon2-1 libbotan-2-19 libbrotli1 libbsd0 libdouble-conversion3 libfreetype6 libgl1 libglib2.0-0 libglvnd0 libglx0
libgraphite2-3 libgssapi-krb5-2 libharfbuzz0b libicu72 libk5crypto3 libkrb5-3 libkrb5support0 libmd0 libmd4c0 libminizip1
libpcre2-16-0 libpcre2-8-0 libpcsclite1 libpng16-16 libqrencode4 libqt5concurrent5 libqt5core5a libqt5dbus5 libqt5gui5
libqt5network5 libqt5svg5 libqt5widgets5 libqt5x11extras5 libreadline8 libsqlite3-0 libtspi1 libusb-1.0-0 libx11-6 libxau6
libxcb1 libxdmcp6 libzxcvbn0"
apt-get download -qq keepassxc=2.7.4+dfsg.1-2 $needed 2>/dev/null || exit 2
for package in *.deb; do dpkg -x "$package" unpacked; done
export LD_LIBRARY_PATH=$folder/unpacked/usr/lib/x86_64-linux-gnu:$folder/unpacked/lib/x86_64-linux-gnu HOME=$folder
export QT_QPA_PLATFORM=offscreen
keepassxc=unpacked/usr/bin/keepassxc-cli

secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP
code() { # of a step of so many seconds, now
    python3 - "$secret" "$1" <<'PYTHON'
import base64, hmac, sys, time

octets = hmac.digest(base64.b32decode(sys.argv[1]), int(time.time() // int(sys.argv[2])).to_bytes(8, "big"), "sha1")
at = octets[-1] & 15
print(f"{(int.from_bytes(octets[at:at + 4], 'big') & 0x7FFFFFFF) % 10**6:06}")
PYTHON
}

shown() { # by KeePassXC, for an entry with a step of so many seconds
    cat >phone.xml <<XML
<?xml version="1.0" encoding="UTF-8"?><KeePassFile><Meta><DatabaseName>phone</DatabaseName></Meta><Root><Group>
<UUID>AAAAAAAAAAAAAAAAAAAAAQ==</UUID><Name>Root</Name><Entry><UUID>AAAAAAAAAAAAAAAAAAAAAg==</UUID>
<String><Key>Title</Key><Value>vpn</Value></String>
<String><Key>otp</Key><Value>otpauth://totp/ann?secret=$secret&amp;period=$1</Value></String></Entry></Group></Root></KeePassFile>
XML
    rm -f phone.kdbx
    printf 'phone\nphone\n' | $keepassxc import -q -p phone.xml phone.kdbx >/dev/null 2>&1
    printf 'phone\n' | $keepassxc show --totp -q phone.kdbx vpn
}

for _ in 1 2 3; do # a step may end in between
    of60=$(code 60) of120=$(code 120) with60=$(shown 60) with120=$(shown 120)
    echo "steps of 60 s: $of60, KeePassXC $with60; steps of 120 s: $of120, KeePassXC $with120"
    if [[ $with60 == "$of60" && $with120 == "$of60" && $with120 != "$of120" ]]; then
        echo "as stated: of 120 s it makes 60"
        exit 0
    fi
    sleep 1
done
echo "not as stated any more"
exit 1
