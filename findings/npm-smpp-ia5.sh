#!/bin/bash
# smpp 0.5.1 (npm): a text of ASCII goes out with data_coding 1, which SMPP 3.4 section 5.2.19 has as IA5 (ASCII), while its
# octets are those of GSM 03.38: other ones for @, $, _, brackets and braces.
#
# Seen: "a@b" is 61 00 62, "a_b$" is 61 11 62 02, "{x}" is 1b 28 78 1b 29, each with data_coding 1. A centre that takes the
# coding at its word shows control characters. The library itself reads them back rightly.
# Expected: octets of ASCII, or data_coding 0, the centre's default alphabet.
#
# Needs node and npm. Ends with 0 while it is so, 1 once it is not, 2 where a package is not to be had.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

npm install --silent --no-audit --no-fund --ignore-scripts --prefix . smpp@0.5.1 || exit 2

node - <<'JAVASCRIPT'
const smpp = require("smpp");
let same = true;
for (const [text, octets] of [["a@b", "610062"], ["a_b$", "61116202"], ["{x}", "1b28781b29"], ["plain", "706c61696e"]]) {
  const pdu = new smpp.PDU("submit_sm", { destination_addr: "1", short_message: text }).toBuffer();
  const sent = pdu.subarray(-octets.length / 2).toString("hex");
  const coding = smpp.PDU.fromBuffer(pdu).data_coding;
  console.log(`${JSON.stringify(text)}: data_coding ${coding}, octets ${sent}, in ASCII ${Buffer.from(text).toString("hex")}`);
  same = same && coding === 1 && sent === octets;
}
process.exit(same ? 0 : 1);
JAVASCRIPT
