"""Work on a real Ray cluster of two nodes: the same answers, whatever is killed meanwhile.

    make cluster

Two nodes are two sets of Ray's processes on this machine, reached as one of them and as a client
(``ray://``). It takes minutes, so the suite leaves it out: these tests are marked, and skipped
where Ray is not installed.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from rnnforecast import parallel, runs
from rnnforecast.cluster import cluster
from rnnforecast.config import load
from rnnforecast.config.loading import load_with_space
from rnnforecast.data.store import Store
from rnnforecast.dataset.panel import Series
from rnnforecast.errors import DataError, UsageError
from rnnforecast.evaluation.walkforward import Protocol
from rnnforecast.parallel import spread
from rnnforecast.pipeline.evaluate import evaluate
from rnnforecast.pipeline.score import Request
from rnnforecast.pipeline.train import train_run
from rnnforecast.runs import Run

from ..conftest import SMALL, random_walk
from . import work

ray = pytest.importorskip("ray")
pytestmark = [
    pytest.mark.cluster,
    pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
ROOT = Path(__file__).parents[2]


AUTO, CLIENT = "auto", "ray://127.0.0.1:{port}"


def free_port() -> int:
    """A port that nothing listens to."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture(scope="module")
def port() -> int:
    """Where the head node listens to clients."""
    return free_port()


@pytest.fixture(scope="module")
def nodes(port: int) -> Iterator[Any]:
    """Two nodes of one core each, the second of which can be taken away."""
    # by itself Ray lets everything else on the machine go before its workers
    os.environ |= {"RAY_worker_niceness": "0", "RAY_raylet_start_wait_time_s": "120"}
    os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "PYTHONPATH": str(ROOT)}
    os.environ |= {"RAY_AUTH_MODE": "disabled"}
    from ray.cluster_utils import Cluster

    head = {"num_cpus": 1, "include_dashboard": False, "ray_client_server_port": port}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    cluster.add_node(num_cpus=1)
    os.environ["RAY_ADDRESS"] = cluster.address
    yield cluster
    cluster.shutdown()
    del os.environ["RAY_ADDRESS"]


@pytest.fixture(params=[AUTO, CLIENT], ids=["driver", "client"])
def address(request: pytest.FixtureRequest, nodes: Any, port: int) -> str:
    """How the cluster is named: as that of this machine, and as a remote one."""
    return str(request.param).format(port=port)


@pytest.fixture
def joined(address: str) -> Iterator[None]:
    with cluster(address):
        yield


def test_jobs_are_done_by_workers_of_the_cluster(joined: None) -> None:
    results = list(spread(work.square, [(number,) for number in range(20)]))
    assert sorted(square for square, _ in results) == [number**2 for number in range(20)]
    assert os.getpid() not in {process for _, process in results}


def test_a_failure_in_a_worker_is_the_failure_itself(joined: None) -> None:
    with pytest.raises(DataError, match=r"^5 is no price; try another$"):
        list(spread(work.refuse, [(5,)]))


def test_a_worker_spreads_nothing_further(joined: None) -> None:
    (results,) = spread(work.nested, [(3,)])
    assert len({process for _, process in results}) == 1


def test_a_killed_worker_is_replaced(joined: None, tmp_path: Path) -> None:
    jobs = [(number,) for number in range(3)]
    assert sorted(spread(work.die_once, jobs, shared=(tmp_path,))) == [0, 1, 2]


def test_work_that_is_asked_to_stop_leaves_the_rest_undone(joined: None) -> None:
    begun, done = time.monotonic(), []
    jobs = ((number,) for number in range(60))
    for result in spread(work.square_slowly, jobs, should_stop=lambda: len(done) > 1):
        done.append(result)
    assert len(done) == 2 and time.monotonic() - begun < 30


def test_a_worker_of_another_version_is_refused(
    joined: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parallel, "__version__", "9.9.9")
    with pytest.raises(UsageError, match=r"a worker has rnnforecast .*, this is 9\.9\.9"):
        list(spread(work.square, [(1,), (2,)]))


def members_of(run: Run) -> list[bytes]:
    return [path.read_bytes() for path in sorted((run.path / runs.MEMBERS).glob("*.npz"))]


def train_in(home: Path, *settings: str, rows: int = 300) -> Run:
    experiment = load("gru", [*SMALL, *settings])
    store = Store(home / "data")
    for seed, symbol in enumerate(experiment.data.symbol):
        store.save(random_walk(rows, seed=seed, symbol=symbol))
    return train_run(experiment, store, home / "runs", label="walk")


def test_members_that_are_trained_on_a_cluster_are_those_of_one_process(
    address: str, tmp_path: Path
) -> None:
    alone = train_in(tmp_path / "alone")
    with cluster(address):
        spread_out = train_in(tmp_path / "cluster")
    assert len(members_of(alone)) == 2 and members_of(alone) == members_of(spread_out)
    pd.testing.assert_frame_equal(
        *(pd.read_csv(run.path / runs.FIT) for run in (alone, spread_out))
    )
    assert alone.manifest.seeds == spread_out.manifest.seeds


@pytest.mark.parametrize(
    ("settings", "protocol"),
    [((), Protocol(refit_every=25)), (("data.symbol=[A, B, C]",), Protocol())],
    ids=["refits", "symbols"],
)
def test_an_evaluation_is_the_same_by_one_worker_by_several_and_on_a_cluster(
    nodes: Any,
    port: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    settings: tuple[str, ...],
    protocol: Protocol,
) -> None:
    request = Request(protocol, ("naive", "garch"))
    kept = dict[str, dict[str, bytes]]()
    first = train_in(tmp_path / "home", *settings)
    places = {"cluster": AUTO, "client": CLIENT.format(port=port)}
    for way in ("one", "several", "cluster", "client"):
        run = Run(Path(copy_of(first.path, tmp_path / way)))
        monkeypatch.setattr(parallel, "cores", lambda way=way: 1 if way == "one" else 2)
        with cluster(places.get(way)):
            evaluate(run, request)
        names = (runs.BACKTEST, runs.SCORES, runs.COMPARISONS)
        files = [path for name in names for path in sorted(run.path.rglob(name))]
        files += sorted(run.path.rglob(f"{runs.FOLDS}/*/{runs.MEMBERS}/*.npz"))
        kept[way] = {str(path.relative_to(run.path)): path.read_bytes() for path in files}
    assert len(kept["one"]) >= 5
    assert kept["one"] == kept["several"] == kept["cluster"] == kept["client"]


def test_trials_at_random_are_the_same_by_one_worker_by_several_and_on_a_cluster(
    nodes: Any, port: int, tmp_path: Path
) -> None:
    pytest.importorskip("optuna")
    from rnnforecast.tuning.search import Options, Study, search

    ranges = (
        "tune={training.learning_rate: {low: 0.001, high: 0.1, log: true}, model.units: [2, 4]}"
    )
    experiment, space = load_with_space("gru", [*SMALL, ranges])
    tables = {}
    for way in ("one", "several", AUTO, CLIENT.format(port=port)):
        options = Options(
            trials=5, folds=1, workers=2 if way == "several" else 1, sampler="random", pruner="none"
        )
        place = f"sqlite:///{tmp_path}/{len(tables)}.db"
        with cluster(None if way in ("one", "several") else way):
            found = search(
                experiment, space, [Series(random_walk(), {})], options, Study("X", place)
            )
        tables[way] = found.table.drop(columns="seconds")
    first, *others = tables.values()
    assert len(first) == 5 and set(first["state"]) == {"finished"}
    for other in others:
        pd.testing.assert_frame_equal(first, other, check_exact=True)


def copy_of(path: Path, home: Path) -> str:
    import shutil

    return shutil.copytree(path, home / "runs" / path.name)


def test_logs_come_home_and_leave_stdout_alone(address: str) -> None:
    script = (
        "import logging; from rnnforecast import parallel\n"
        "from rnnforecast.cluster import cluster\n"
        "from tests.cluster import work\n"
        "logging.getLogger('rnnforecast').setLevel(logging.INFO)\n"
        f"with cluster({address!r}):\n"
        "    print('RESULT', list(parallel.spread(work.speak, [(7,)])))\n"
        "    import time; time.sleep(2)  # Ray brings logs twice a second\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, timeout=120
    )
    assert done.stdout == "RESULT [7]\n"
    assert "job 7 speaks" in done.stderr and "job 7 prints" in done.stderr


def test_ctrl_c_ends_the_command_and_its_jobs(address: str, tmp_path: Path) -> None:
    train_in(tmp_path, "training.epochs=1")
    command = [
        sys.executable, "-m", "rnnforecast", "--home", str(tmp_path), "train", "WALK",
        "--cluster", address, "--set", "training.epochs=100000", "--set", "training.patience=null",
        *(word for setting in SMALL[1:6] for word in ("--set", setting)),
    ]  # fmt: skip
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT)
    wait_until(lambda: busy_cores() > 0)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    wait_until(lambda: busy_cores() == 0)
    assert "Traceback" not in err


def busy_cores() -> float:
    """Cores of the cluster that jobs hold, seen from a process of its own."""
    code = (
        "import ray; ray.init('auto', logging_level='ERROR', log_to_driver=False); "
        "print(ray.cluster_resources()['CPU'] - ray.available_resources().get('CPU', 0))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    return float(done.stdout.splitlines()[-1])


def wait_until(true: Any, seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.5)


def test_a_node_that_is_killed_in_mid_work_costs_nothing(nodes: Any, address: str) -> None:
    with cluster(address):
        second = nodes.list_all_nodes()[-1]
        done = list[tuple[int, str]]()
        killer = threading.Thread(target=nodes.remove_node, args=(second, False))
        for result in spread(work.square_slowly, [(number,) for number in range(16)]):
            done.append(result)
            if len(done) == 4:
                killer.start()
        killer.join()
    assert sorted(square for square, _ in done) == [number**2 for number in range(16)]
    assert len({node for _, node in done}) == 2
    assert len(nodes.list_all_nodes()) == 1
    nodes.add_node(num_cpus=1)


@contextmanager
def head_node(folder: Path, **variables: str) -> Iterator[str]:
    """A head node as ``ray start`` makes it, by itself; its address for clients."""
    port = free_port()
    command = [
        str(Path(sys.executable).with_name("ray")), "start", "--head", "--block", "--num-cpus=1",
        "--node-ip-address=127.0.0.1", f"--port={free_port()}", f"--temp-dir={folder}",
        f"--ray-client-server-port={port}", "--include-dashboard=false",
        "--min-worker-port=0", "--max-worker-port=0",
    ]  # fmt: skip
    environment = {name: value for name, value in os.environ.items() if name != "RAY_ADDRESS"}
    with (folder.parent / "head.log").open("w") as log:
        process = subprocess.Popen(
            command, env=environment | variables, cwd=folder.parent, stdout=log, stderr=log
        )
    try:
        wait_until(lambda: accepts(port))
        yield f"ray://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(60)


def accepts(port: int) -> bool:
    """Whether something listens to a port."""
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


SQUARES = """
from rnnforecast.cluster import cluster
from rnnforecast.errors import RnnForecastError
from rnnforecast.parallel import spread
from tests.cluster import work
try:
    with cluster({address!r}):
        print(sorted(square for square, _ in spread(work.square, [(1,), (2,), (3,)])))
except RnnForecastError as error:
    print(type(error).__name__, error)
"""


def squares_at(address: str, **variables: str) -> str:
    """What a process of its own, with these variables, hears from a cluster."""
    done = subprocess.run(
        [sys.executable, "-c", SQUARES.format(address=address)], capture_output=True, text=True,
        cwd=ROOT, env=os.environ | variables, timeout=200,
    )  # fmt: skip
    assert done.returncode == 0 and "Traceback" not in done.stderr, done.stderr
    return done.stdout.strip()


@pytest.fixture
def short(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a short name, since Ray's sockets are in it."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="ray", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


WITHOUT = """
import sys
from importlib.machinery import PathFinder
class Without(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        missing = name.partition(".")[0] == "rnnforecast"
        return None if missing else super().find_spec(name, path, target)
sys.meta_path = [Without if finder is PathFinder else finder for finder in sys.meta_path]
"""


def test_a_node_without_the_package_is_named_in_one_line(short: Path) -> None:
    (short / "sitecustomize.py").write_text(WITHOUT)
    with head_node(short / "r", PYTHONPATH=str(short), RAY_AUTH_MODE="disabled") as address:
        heard = squares_at(address, RAY_AUTH_MODE="disabled")
    assert heard.startswith("UsageError a node of the cluster cannot read a job (No module named ")
    assert heard.endswith("and the same Python on every node") and "\n" not in heard


def test_a_cluster_that_asks_for_a_token_is_joined_with_it_alone(short: Path) -> None:
    token = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": "0123456789abcdef" * 4}
    with head_node(short / "r", PYTHONPATH=str(ROOT), **token) as address:
        assert squares_at(address, **token) == "[1, 4, 9]"
        begun = time.monotonic()
        refused = squares_at(address, RAY_AUTH_MODE="disabled")
    assert time.monotonic() - begun < 90
    assert refused.startswith(f"NetworkError no Ray cluster answers at {address} (")
    assert refused.endswith("where it asks for a token, set RAY_AUTH_MODE=token")
