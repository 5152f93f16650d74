"""Logins at privacyIDEA's /validate/check: the PIN, its challenge, then the code of TOTP (RFC 6238)."""

import hmac
import http.client
import itertools
import json
import statistics
import struct
import threading
import time
import urllib.parse

KEY = b"12345678901234567890"  # of every authenticator here and at radiusd
PERIOD = 30


def code_of(step: int) -> str:
    """Six digits (RFC 4226 section 5.3, with the step of RFC 6238 for a counter)."""
    digest = hmac.digest(KEY, struct.pack(">Q", step), "sha1")
    at = digest[19] & 15
    return f"{(struct.unpack('>I', digest[at : at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


class Load:
    """All users in turn, and of each the step whose code was used last: none is good twice."""

    def __init__(self, port: int, users: int) -> None:
        self._port = port
        self._steps = [0] * users
        self._turn = itertools.cycle(range(users))

    def run(self, logins: int, at_once: int) -> dict:
        """So many logins by `at_once` people: what radload tells, as far as it is asked for."""
        todo, lock, seconds, failed = iter(range(logins)), threading.Lock(), [], []

        def sign_in() -> None:
            connection = http.client.HTTPConnection("127.0.0.1", self._port)
            while True:
                with lock:
                    if next(todo, None) is None:
                        return
                    user = next(self._turn)
                began = time.perf_counter()
                answer = self._login(connection, user)
                if answer["result"].get("value"):
                    seconds.append(time.perf_counter() - began)
                else:
                    failed.append(answer)

        began = time.perf_counter()
        people = [threading.Thread(target=sign_in) for _ in range(at_once)]
        for person in people:
            person.start()
        for person in people:
            person.join()
        if failed:
            print(f"privacyIDEA refused {len(failed)}: {json.dumps(failed[0])[:300]}")
        p50 = statistics.median(seconds) * 1000 if seconds else 0.0
        return {"logins_per_second": len(seconds) / (time.perf_counter() - began), "login_ms": {"p50": p50}}

    def _login(self, connection: http.client.HTTPConnection, user: int) -> dict:
        name = f"user{user:06d}"
        challenge = self._check(connection, {"user": name, "pass": "password"})
        transaction = (challenge.get("detail") or {}).get("transaction_id")
        if transaction is None:
            return challenge
        self._steps[user] = step = max(self._steps[user] + 1, int(time.time() // PERIOD))
        code = code_of(step)
        return self._check(connection, {"user": name, "transaction_id": transaction, "pass": code})

    @staticmethod
    def _check(connection: http.client.HTTPConnection, words: dict) -> dict:
        head = {"Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", "/validate/check", urllib.parse.urlencode(words), head)
        return json.loads(connection.getresponse().read())

    def is_ready(self) -> bool:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self._port)
            return bool(self._login(connection, next(self._turn))["result"].get("value"))
        except OSError:
            return False
