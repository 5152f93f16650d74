"""A second factor by rlm_python3, as integrators write it: the states of challenged logins in a dict.

The code goes to the load generator as radiusd's does (mfa_radiusd.py). BENCH_USERS and BENCH_CODES (a port) are in the
environment. Nothing is recorded and nothing outlives the process.
"""

import os
import secrets
import socket
import time

REJECT, OK = 0, 2
USERS = {f"user{number:06d}": "password" for number in range(int(os.environ["BENCH_USERS"]))}
TO = ("127.0.0.1", int(os.environ["BENCH_CODES"]))
CHALLENGE = (("Response-Packet-Type", "Access-Challenge"), ("Auth-Type", "Accept"))
ACCEPT = (("Auth-Type", "Accept"),)
VALID = 600.0  # seconds

states = {}
out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)


def authorize(pairs):
    request = dict(pairs)
    name, typed, state = request.get("User-Name"), request.get("User-Password"), request.get("State")
    if state is None:
        if USERS.get(name) != typed:
            return REJECT
        state = "0x" + secrets.token_hex(16)
        code = f"{secrets.randbelow(1_000_000):06d}"
        states[state] = (name, code, time.time() + VALID)
        out.sendto(f"{name} {code}".encode(), TO)
        return OK, (("State", state), ("Reply-Message", f"Code sent to {name[0]}***{name[-1]}@example.org")), CHALLENGE
    login = states.pop(state, None)
    if login is None or login[0] != name or not secrets.compare_digest(login[1], typed or "") or time.time() > login[2]:
        return REJECT
    return OK, (("Reply-Message", "Welcome"), ("Framed-IP-Address", "10.1.2.3")), ACCEPT
