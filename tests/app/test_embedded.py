"""The embedded stack: where packages come from, the prefix, PostgreSQL and Mosquitto."""

import os
import signal
import stat
import subprocess
import threading
from pathlib import Path

import paho.mqtt.client as mqtt
import psycopg
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from hub.app.embedded import packages, prefix, sources
from hub.app.embedded.broker import mosquitto_version
from hub.app.embedded.errors import StackError
from hub.app.embedded.place import servers_folder
from hub.app.embedded.postgres import Cluster, ClusterOptions
from hub.app.embedded.process import ProcessId, free_port, is_free, is_listening, rotate
from hub.app.embedded.sources import Source
from hub.app.embedded.user import ServiceUser, service_user
from tests.stack import Stack

_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"

_DEB822 = f"""\
# a comment
Types: deb deb-src
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates bookworm-backports
Components: main contrib
Signed-By: {_KEYRING}

Types: deb
URIs: https://mirror.example/debian-security
Suites: bookworm-security
Components: main

Enabled: no
Types: deb
URIs: http://off.example/debian
Suites: bookworm
Components: main
"""

_ONE_LINE = f"""\
# deb http://commented.example/debian bookworm main
deb [arch=amd64 signed-by={_KEYRING}] https://mirror.example/debian bookworm main non-free # here
deb-src http://mirror.example/debian bookworm main
deb cdrom:[Debian_12]/ bookworm main
deb [signed-by=/usr/share/keyrings/other.gpg] http://tools.example/apt bookworm main
deb http://tools.example/apt tools-bookworm main
deb http://containers.example/linux/debian bookworm stable
"""


def test_deb822_sources() -> None:
    found = sources.parse_deb822(_DEB822)
    assert found == [
        Source(
            ("http://mirror.example/debian",),
            ("bookworm", "bookworm-updates", "bookworm-backports"),
            ("main", "contrib"),
            _KEYRING,
        ),
        Source(("https://mirror.example/debian-security",), ("bookworm-security",), ("main",)),
    ]
    assert sources.for_suite(found, "bookworm", "trixie") == [
        Source(
            ("http://mirror.example/debian",), ("trixie", "trixie-updates"), ("main",), _KEYRING
        ),
        Source(("https://mirror.example/debian-security",), ("trixie-security",), ("main",)),
    ]


def test_one_line_sources_leave_other_publishers_out() -> None:
    found = sources.for_suite(sources.parse_one_line(_ONE_LINE), "bookworm", "trixie")
    assert found == [Source(("https://mirror.example/debian",), ("trixie",), ("main",), _KEYRING)]


def test_debian_13_keeps_its_own_suite() -> None:
    text = _DEB822.replace("bookworm", "trixie")
    found = sources.for_suite(sources.parse_deb822(text), "trixie", "trixie")
    assert [source.suites for source in found] == [
        ("trixie", "trixie-updates"),
        ("trixie-security",),
    ]


def test_rendered_sources_read_back_the_same() -> None:
    key = "\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mDMEY865UxYJKwYB\n -----END"
    given = [
        Source(("http://a.example/debian",), ("trixie",), ("main",), _KEYRING),
        Source(("http://b.example/debian",), ("trixie",), ("main",), key),
        Source(("http://c.example/debian",), ("trixie", "trixie-security"), ("main",)),
    ]
    assert sources.parse_deb822(sources.render(given)) == given


def test_no_usable_source_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "_codename", lambda _: "jammy")
    with pytest.raises(StackError, match=r"no Debian mirror for 'jammy'.*HUB_DATABASE_URL"):
        packages.machine_sources()


def test_failed_download_says_what_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()  # nothing listens there
    unreachable = Source((f"http://127.0.0.1:{port}/debian",), ("trixie",), ("main",))
    monkeypatch.setattr(packages, "machine_sources", lambda: sources.render([unreachable]))
    lines: list[str] = []
    with pytest.raises(StackError, match=r"could not get the (package lists|packages):") as raised:
        prefix.ensure_prefix(lines.append, tmp_path / "cache")
    assert "apt-get update" in str(raised.value)
    assert "start again" in str(raised.value)
    assert lines
    assert not list(tmp_path.glob("cache/*/complete.json"))


def test_an_interrupted_prefix_is_built_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[Path] = []

    def unpack(target: Path, names: list[str], say: object) -> dict[str, str]:
        assert not target.exists()
        target.mkdir()
        built.append(target)
        return dict.fromkeys(names, "1")

    monkeypatch.setattr(packages, "unpack", unpack)
    half = tmp_path / prefix.prefix_key(prefix.package_names())
    (half / "usr").mkdir(parents=True)
    first = prefix.ensure_prefix(lambda _: None, tmp_path)
    again = prefix.ensure_prefix(lambda _: None, tmp_path)
    assert first == again
    assert built == [half]
    assert first.versions["mosquitto"] == "1"


def test_two_builders_make_one_prefix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    building, built = threading.Event(), []

    def unpack(target: Path, names: list[str], say: object) -> dict[str, str]:
        built.append(target)
        building.set()
        assert waiting.wait(10)
        target.mkdir()
        return {}

    waiting = threading.Event()
    lines: list[str] = []

    def say(line: str) -> None:
        lines.append(line)
        if "waiting" in line:
            waiting.set()

    monkeypatch.setattr(packages, "unpack", unpack)
    first = threading.Thread(target=prefix.ensure_prefix, args=(lambda _: None, tmp_path))
    first.start()
    assert building.wait(10)
    prefix.ensure_prefix(say, tmp_path)
    first.join(10)
    assert len(built) == 1
    assert any("Another process" in line for line in lines)


def test_prefix_key_depends_on_the_packages() -> None:
    names = prefix.package_names()
    assert "postgresql-17-timescaledb" in names
    assert "mosquitto-clients" in names
    assert prefix.prefix_key(names) == prefix.prefix_key(list(reversed(names)))
    assert prefix.prefix_key(names) != prefix.prefix_key(names[1:])


def test_programs_run_with_the_prefix_own_loader(stack: Stack) -> None:
    libraries = str(next(stack.prefix.path.glob("usr/lib/*-linux-gnu*")))
    pid = stack.cluster.pid
    assert pid
    maps = Path(f"/proc/{pid}/maps").read_text()
    assert f"{libraries}/libc.so.6" in maps
    assert mosquitto_version(stack.prefix).startswith("2.0.")
    help_text = subprocess.run(
        [stack.prefix.client_bin / "mosquitto_pub", "--help"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    assert "version 2.0." in help_text


def test_database_is_timescaledb_and_closed_to_strangers(stack: Stack) -> None:
    with stack.fresh_database() as url:
        with psycopg.connect(url) as connection:
            row = connection.execute(
                "SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'"
            ).fetchone()
            assert row == ("2.19.3",)
            for name, value in {
                "timescaledb.telemetry_level": "off",
                "data_checksums": "on",
                "listen_addresses": "127.0.0.1",
                "max_connections": "60",
                "jit": "off",
                "server_encoding": "UTF8",
            }.items():
                got = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
                assert got == (value,), name
        stranger = url.replace(url.split(":")[2].split("@")[0], "guess")
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(stranger)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can drop privileges")
def test_servers_do_not_run_as_root(stack: Stack) -> None:
    for pid in (stack.cluster.pid, stack.broker.pid):
        assert Path(f"/proc/{pid}").stat().st_uid != 0


def test_servers_have_their_own_session(stack: Stack) -> None:
    for pid in (stack.cluster.pid, stack.broker.pid):
        assert pid
        assert os.getsid(pid) == pid


def test_crashed_cluster_starts_again_with_its_data(stack: Stack) -> None:
    options = ClusterOptions(durable=True, shared_buffers=64 << 20)
    folder = stack.folder / "crash"
    cluster = Cluster(stack.prefix, folder, service_user(), stack.folder / "crash.log", options)
    cluster.start()
    port = cluster.port
    try:
        with psycopg.connect(cluster.url("postgres")) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS value")
        cluster.kill()
        assert (cluster.data / "postmaster.pid").exists()
        cluster.start()
        assert cluster.port == port
        with psycopg.connect(cluster.url("postgres")) as connection:
            assert connection.execute("SELECT value FROM kept").fetchone() == (7,)
        mode = (folder / "password").stat().st_mode
        assert stat.S_IMODE(mode) == 0o600
    finally:
        cluster.stop()


def test_pid_file_of_a_crash_naming_a_stranger_is_cleared(stack: Stack) -> None:
    """After a reboot another program may have the number; PostgreSQL alone would refuse."""
    options = ClusterOptions(durable=False, shared_buffers=64 << 20)
    folder = stack.folder / "stale"
    cluster = Cluster(stack.prefix, folder, service_user(), stack.folder / "stale.log", options)
    cluster.start()
    cluster.kill()
    stranger = subprocess.Popen(["/bin/sleep", "60"])
    try:
        pid_file = cluster.data / "postmaster.pid"
        lines = pid_file.read_text().splitlines()
        pid_file.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
        cluster.start()
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()
        cluster.stop()


def test_foreign_data_is_not_touched(stack: Stack) -> None:
    folder = stack.folder / "foreign"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "precious").write_text("mine")
    cluster = Cluster(stack.prefix, folder, service_user(), stack.folder / "foreign.log")
    with pytest.raises(StackError, match="Move it away"):
        cluster.start()
    assert (folder / "data" / "precious").read_text() == "mine"


def test_broken_configuration_is_explained(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "hub.app.embedded.postgres.configuration", lambda *_: "no_such_setting = 1\n"
    )
    folder = stack.folder / "broken"
    cluster = Cluster(stack.prefix, folder, service_user(), stack.folder / "broken.log")
    with pytest.raises(StackError, match=r"did not start(.|\n)*no_such_setting"):
        cluster.start()
    assert cluster.pid is None


def _client(name: str, port: int) -> mqtt.Client:
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=name, clean_session=False)
    client.connect("127.0.0.1", port)
    return client


def test_broker_keeps_the_queue_over_a_restart(stack: Stack) -> None:
    subscriber = _client("keeper", stack.mqtt_port)
    subscribed = threading.Event()
    subscriber.on_subscribe = lambda *_: subscribed.set()
    subscriber.loop_start()
    subscriber.subscribe("keep/#", qos=1)
    assert subscribed.wait(10)
    subscriber.disconnect()
    subscriber.loop_stop()

    sender = _client("sender", stack.mqtt_port)
    sender.loop_start()
    for number in range(50):
        sender.publish("keep/it", str(number), qos=1).wait_for_publish(10)
    sender.disconnect()
    sender.loop_stop()
    port = stack.broker.port
    stack.broker.stop()
    stack.broker.start()
    assert stack.broker.port == port

    got: list[str] = []
    complete = threading.Event()

    def on_message(client: object, data: object, message: mqtt.MQTTMessage) -> None:
        got.append(message.payload.decode())
        if len(got) == 50:
            complete.set()

    again = _client("keeper", port)
    again.on_message = on_message
    again.loop_start()
    try:
        assert complete.wait(10), got
    finally:
        again.disconnect()
        again.loop_stop()
    assert got == [str(number) for number in range(50)]


def test_process_identity_outlives_reuse_of_the_pid() -> None:
    child = subprocess.Popen(["/bin/sleep", "60"])
    process = ProcessId.of(child.pid)
    assert process and process.alive
    other = ProcessId(process.pid, process.started - 1, process.boot)
    assert not other.alive
    other.send(signal.SIGKILL)
    assert child.poll() is None
    assert process.stop(signal.SIGTERM, 5)
    assert not process.alive  # a zombie until waited for, and yet not alive
    child.wait()
    assert ProcessId.of(child.pid) is None


def test_free_port_prefers_the_former_one() -> None:
    port = free_port()
    assert is_free(port)
    assert not is_listening(port)
    assert free_port(port) == port


def test_free_port_is_none_of_those_given_to_outgoing_connections() -> None:
    assert all(free_port() < 32_768 for _ in range(50))  # Linux's default begins there


def test_gone_servers_folder_is_not_replaced_by_an_empty_one(tmp_path: Path) -> None:
    user = ServiceUser("someone", os.geteuid(), os.getegid())
    (tmp_path / "servers").symlink_to(tmp_path / "gone")
    with pytest.raises(StackError, match="which is gone"):
        servers_folder(tmp_path, user, tmp_path / "state")


def test_a_large_log_is_put_aside(tmp_path: Path) -> None:
    log = tmp_path / "part.log"
    rotate(log)  # none yet
    log.write_text("small\n")
    rotate(log)
    assert log.exists()
    with log.open("ab") as file:
        file.truncate(20 << 20)
    rotate(log)
    assert not log.exists()
    assert (tmp_path / "part.log.1").stat().st_size == 20 << 20
