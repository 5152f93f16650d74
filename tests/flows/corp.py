"""A configuration with the directory `corp`, a slapd of tests/servers, before the local users."""

from __future__ import annotations

from tests.servers.slapd import GROUPS, PEOPLE, READER, READER_PASSWORD

CORP = f"""
  corp:
    type: ldap
    urls: [URL]
    bind_dn: "{READER}"
    bind_password: {READER_PASSWORD}
    base_dn: "{PEOPLE}"
    group_base_dn: "{GROUPS}"
    user_filter: "(&(objectClass=person)(uid={{username}}))"
    user_names: {{domains: [EXAMPLE], realms: [example.com]}}
    attributes: {{groups: memberships}}
    lockout: null
"""

YAML = """
listen: {authentication: [127.0.0.1:0], accounting: [127.0.0.1:0], web: [], internal: []}
clients:
  nas: {address: 127.0.0.0/8, secret: "correct horse battery", application: vpn}
directories:
  local: {type: local}
CORP
profiles:
  password-only: {method: password, directories: [corp, local]}
applications:
  vpn: {profiles: [password-only]}
security: {reject_delay: 0s}
"""


def yaml_of(server, text=YAML, **replaced):
    """`text` with `server` as corp; each keyword is a key of corp's with another value."""
    corp = CORP.replace("URL", server.url)
    for key, value in replaced.items():
        lines = [f"    {key}: {value}" if line.startswith(f"    {key}:") else line for line in corp.splitlines()]
        corp = "\n".join(lines)
    return text.replace("CORP", corp)
