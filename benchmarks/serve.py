"""How fast the server starts and answers, on loopback.

python benchmarks/serve.py [--requests 5000] [--home HOME]

The server's processor time for each request does not depend on what else the machine does, as the
requests in a second of the clock do.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote, urlsplit

from common import save, show
from home import home

CONNECTIONS = 8
LISTS = 200


async def one(host: str, port: int, path: str, count: int) -> list[float]:
    """Ask the same again and again on one connection; seconds of each answer."""
    reader, writer = await asyncio.open_connection(host, port)
    request = f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode()
    taken = []
    for _ in range(count):
        began = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        [length] = [
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length")
        ]
        await reader.readexactly(length)
        taken.append(time.perf_counter() - began)
    writer.close()
    return taken


async def many(host: str, port: int, path: str, count: int) -> list[float]:
    """The same on several connections at once."""
    lists = await asyncio.gather(
        *(one(host, port, path, count // CONNECTIONS) for _ in range(CONNECTIONS))
    )
    return [taken for each in lists for taken in each]


def processor_seconds(pid: int) -> float:
    """What a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident(pid: int) -> float:
    """Its memory in MB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    [line] = [line for line in lines if line.startswith("VmRSS")]
    return int(line.split()[1]) / 1e3


def main() -> None:
    """Start a server, ask it, print a table, write the results."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--requests", type=int, default=5_000)
    parser.add_argument("--home", type=Path, help="By default one on the S&P 500 is trained.")
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = options.home or stack.enter_context(home())[0]
        began = time.perf_counter()
        server = subprocess.Popen(
            [sys.executable, "-m", "rnnforecast", "--home", str(folder),
             "serve", "--port", "0", "--json"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        stack.callback(server.wait)
        stack.callback(server.terminate)
        assert server.stdout is not None
        address = json.loads("".join(server.stdout.readline() for _ in range(4)))["address"]
        started, place = time.perf_counter() - began, urlsplit(address)
        host, port = str(place.hostname), int(place.port or 0)
        results: dict[str, float] = {
            "start, s": started,
            "start, s of processor": processor_seconds(server.pid),
            "memory at first, MB": resident(server.pid),
        }
        symbols = asyncio.run(symbols_of(host, port))
        path = f"/v1/forecasts/{quote(symbols[-1], safe='')}"
        results["first forecast, ms"] = 1e3 * asyncio.run(one(host, port, path, 1))[0]
        alone = asyncio.run(one(host, port, path, LISTS))
        results["forecast in memory, ms"] = 1e3 * statistics.median(alone)
        used, began = processor_seconds(server.pid), time.perf_counter()
        crowd = asyncio.run(many(host, port, path, options.requests))
        seconds, used = time.perf_counter() - began, processor_seconds(server.pid) - used
        results["requests a second, by the clock"] = len(crowd) / seconds
        results["requests a second of one core"] = len(crowd) / used
        results["slowest percent of a crowd, ms"] = 1e3 * statistics.quantiles(crowd, n=100)[-1]
        results["memory at last, MB"] = resident(server.pid)
    rows = [
        [name, f"{value:,.3g}" if value < 100 else f"{value:,.0f}"]
        for name, value in results.items()
    ]
    show(f"{options.requests:,} requests on {CONNECTIONS} connections", ["", ""], rows)
    save("serve", {"requests": options.requests, "connections": CONNECTIONS, "results": results})


async def symbols_of(host: str, port: int) -> list[str]:
    """The symbols that the server can forecast."""
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(f"GET /v1/symbols HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    body = (await reader.read()).partition(b"\r\n\r\n")[2]
    writer.close()
    return [entry["symbol"] for entry in json.loads(body)["symbols"]]


if __name__ == "__main__":
    main()
