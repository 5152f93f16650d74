#!/bin/bash
# ldap3 2.9.1: parse_dn and safe_dn refuse a DN whose attribute type is a dotted number, though RFC 4514 section 3 has
# `attributeType = descr / numericoid`, and its section 4 shows one: 1.3.6.1.4.1.1466.0=#04024869.
#
# Seen: LDAPInvalidDnError, "character '.' not allowed in attribute type", for that example and for 2.5.4.3=ann, which is cn.
# Expected: the parts, as for cn=ann.
#
# Needs python3 with venv. Ends with 0 while it is so, 1 once it is not, 2 where a package is not to be had.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check ldap3==2.9.1 pyasn1==0.6.1 || exit 2

venv/bin/python - <<'PYTHON'
import sys

from ldap3.core.exceptions import LDAPInvalidDnError
from ldap3.utils.dn import parse_dn, safe_dn

refused = 0
for name in ("cn=ann,dc=example,dc=com", "2.5.4.3=ann,dc=example,dc=com", "1.3.6.1.4.1.1466.0=#04024869"):
    for function in (parse_dn, safe_dn):
        try:
            print(f"{function.__name__}({name!r}) is {function(name)!r}")
        except LDAPInvalidDnError as error:
            refused += 1
            print(f"{function.__name__}({name!r}) raises LDAPInvalidDnError: {error}")
sys.exit(refused != 4)
PYTHON
