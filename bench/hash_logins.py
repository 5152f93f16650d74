"""The hash queue against the bare hash on all cores, interleaved, medians.

The queue runs under an asyncio loop that answers remembered sign-ins meanwhile; how late each of them is counts from the
moment it was due. (epoll wakes a loop up to 1 ms late, hashes or not.) Ends with 1 where a target is missed.
"""

import argparse
import asyncio
import concurrent.futures
import hashlib
import os
import statistics
import sys
import time

from measuring import circumstances

from radiusd.passwords import hash_queue, hashing

USERS_AT_ONCE, STATIONS = 64, 16
STORED = hashing.make("tulip")
CORES = len(os.sched_getaffinity(0))
OF_BARE_HASH, P99_MS = 0.95, 5.0


def bare(seconds: float) -> float:
    """Hashes a second, one thread for each core and nothing else."""

    def work() -> int:
        count, end = 0, time.perf_counter() + seconds
        while time.perf_counter() < end:
            hashing.verify(STORED, "tulip")
            count += 1
        return count

    begin = time.perf_counter()
    with concurrent.futures.ThreadPoolExecutor(CORES) as executor:
        count = sum(done.result() for done in [executor.submit(work) for _ in range(CORES)])
    return count / (time.perf_counter() - begin)


async def queued(seconds: float, every: float) -> tuple[float, list[float]]:
    """Hashes a second through the queue, and how many ms late each remembered sign-in was."""
    loop = asyncio.get_running_loop()
    hashes = hash_queue.HashQueue()
    late: list[float] = []
    key, remembered = os.urandom(32), {}
    begin = loop.time()
    end = begin + seconds

    async def sign_in(number: int) -> int:
        count = 0
        while loop.time() < end:
            station = f"station {number % STATIONS}"
            assert await hashes.verify(STORED, "tulip", user=number, station=station, queue_until=end + 60)
            count += 1
        return count

    def sign_in_again(due: float) -> None:
        remembered.get(hashlib.blake2b(f"ann\0{STORED}\0tulip".encode(), key=key, digest_size=16).digest())
        now = loop.time()
        late.append((now - due) * 1000)
        if now < end:
            following = max(due + every, now)
            loop.call_at(following, sign_in_again, following)

    loop.call_at(begin, sign_in_again, begin)
    count = sum(await asyncio.gather(*(sign_in(number) for number in range(USERS_AT_ONCE))))
    rate = count / (loop.time() - begin)
    hashes.close()
    return rate, late


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--repeats", type=int, default=5)
    arguments.add_argument("--seconds", type=float, default=3.0)
    arguments.add_argument("--every", type=float, default=0.005, help="seconds between remembered sign-ins")
    asked = arguments.parse_args()
    sys.setswitchinterval(0.0005)  # as the server does
    print(circumstances())
    bares, rates, ratios, p50s, p99s = [], [], [], [], []
    for _ in range(asked.repeats):
        before = bare(asked.seconds / 2)
        rate, late = asyncio.run(queued(asked.seconds, asked.every))
        bares.append((before + bare(asked.seconds / 2)) / 2)
        rates.append(rate)
        ratios.append(rate / bares[-1])
        late.sort()
        p50s.append(late[len(late) // 2])
        p99s.append(late[len(late) * 99 // 100])
    ratio, p99 = statistics.median(ratios), statistics.median(p99s)
    print(f"argon2id {hashing.MEMORY_KIB} KiB t={hashing.PASSES} p={hashing.LANES}, {CORES} threads")
    print(f"bare hash   {statistics.median(bares):6.1f}/s")
    print(
        f"hash queue  {statistics.median(rates):6.1f}/s, {ratio:.3f} of it (least {min(ratios):.3f}); target {OF_BARE_HASH}"
    )
    print(
        f"remembered  p50 {statistics.median(p50s):.2f} ms, p99 {p99:.2f} ms (worst {max(p99s):.2f}); target {P99_MS:g}"
    )
    sys.exit(ratio < OF_BARE_HASH or p99 > P99_MS)


if __name__ == "__main__":
    main()
