#!/bin/bash
# smpplib 2.2.4: make_parts cuts a text at a fixed number of octets, also within a character that has two: an escape of GSM
# 03.38 and what follows it (3GPP TS 23.038 section 6.2.1), or the two halves of a surrogate pair of UTF-16.
#
# Seen: of 152 letters, a euro and 10 letters the first part ends with the escape 1b, and the second begins with 65, an e; of
# 66 letters, an emoji and 10 letters the first part ends with the emoji's first half. A phone that joins the octets shows
# what was meant; one that reads each part by itself shows a blank and an e, or two signs for what is no character.
# Expected: the cut before the character.
#
# Needs python3 with venv. Ends with 0 while it is so, 1 once it is not, 2 where a package is not to be had.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check smpplib==2.2.4 || exit 2

venv/bin/python - <<'PYTHON'
import sys

from smpplib.gsm import make_parts

cut = 0
for text in ("a" * 152 + "€" + "b" * 10, "ş" * 66 + "😀" + "b" * 10):
    parts, coding, _esm_class = make_parts(text)
    first, second = (part[6:] for part in parts)
    print(f"data_coding {coding}: the first part ends with {first[-2:].hex()}, the second begins with {second[:2].hex()}")
    cut += first[-1] == 0x1B if coding == 0 else 0xD8 <= first[-2] <= 0xDB
sys.exit(cut != 2)
PYTHON
