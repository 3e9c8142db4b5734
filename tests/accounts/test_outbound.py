"""The guarded client (security row I8): what it refuses gets no connection, what it asks can't hold it up."""

import gzip
import socket
import time
from ipaddress import ip_address

import pytest
import requests

from accounts.outbound import Forbidden, Unreachable, check_url, send, session, targets
from accounts.outbound.addresses import is_public
from accounts.outbound.targets import read_allowed
from tests import sinks

NOT_PUBLIC = """
    0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 127.0.0.1 127.255.255.254 169.254.169.254 172.16.0.1 172.31.255.255
    192.0.0.8 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.51.100.7 203.0.113.7 224.0.0.1 239.255.255.250
    240.0.0.1 255.255.255.255
    :: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 64:ff9b::7f00:1 64:ff9b::a00:1 64:ff9b:1::7f00:1 100::1
    2001::1 2001:0:7f00:1:: 2001:db8::1 2002:7f00:1:: 2002:a00:1:: 3fff::1 4000::1 5f00::1 fc00::1 fd00:ec2::254
    fe80::1 fe80::1%eth0 2a00:1450:4001::1%eth0 fec0::1 ff02::1
""".split()  # noqa: SIM905 (a list to read)  # fmt: skip
PUBLIC = "1.1.1.1 9.9.9.9 172.15.0.1 172.32.0.1 100.128.0.1 2606:4700::1111 2a00:1450:4001::1 64:ff9b::808:808".split()  # noqa: SIM905 (a list to read)  # fmt: skip


@pytest.mark.parametrize("text", NOT_PUBLIC)
def test_an_address_that_is_not_public_is_known(text):
    assert not is_public(ip_address(text))


@pytest.mark.parametrize("text", PUBLIC)
def test_a_public_address_is_known(text):
    assert is_public(ip_address(text))


@pytest.fixture
def sink():
    with sinks.sink() as made:
        yield made


@pytest.fixture
def inside(settings, sink):
    """The sink as an operator's own host."""
    settings.OUTBOUND_ALLOWED = [f"127.0.0.1:{sink.port}", f"localhost:{sink.port}"]
    return sink


@pytest.fixture
def names(monkeypatch):
    """A resolver that answers from here: a name's answers in turn, the last one for ever."""
    answers, asked = {}, []
    real = socket.getaddrinfo

    def look_up(host, port, *given, **more):
        if host not in answers:
            return real(host, port, *given, **more)
        asked.append(host)
        found = answers[host].pop(0) if len(answers[host]) > 1 else answers[host][0]
        return [
            (socket.AF_INET6 if ":" in text else socket.AF_INET, socket.SOCK_STREAM, 6, "", (text, port))
            for text in found
        ]  # fmt: skip

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    answers["asked"] = asked
    return answers


HOSTS = """
    127.0.0.1 127.1 127.0.1 2130706433 0x7f000001 0x7f.0.0.1 0177.0.0.1 017700000001 0 0.0.0.0 localhost localhost.
    LOCALHOST 127.0.0.1. 127.000.000.001 [::1] [::] [::ffff:127.0.0.1] [::ffff:7f00:1] [::127.0.0.1] [64:ff9b::7f00:1]
    [64:ff9b:1::7f00:1] [2002:7f00:1::] [2001:0:7f00:1::] [fe80::1%25lo] [fec0::1] [0:0:0:0:0:0:0:1]
    １２７.0.0.1 ①②⑦.0.0.1 127。0。0。1 ⓛocalhost loc\u00adalhost user@127.0.0.1 user:word@localhost example.com@127.0.0.1
    127.0.0.1#@example.com 127.0.0.1\\@example.com %31%32%37.0.0.1 127.0.0.1%00.example.com
""".split()  # noqa: SIM905 (a list to read)  # fmt: skip


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("host", HOSTS)
def test_no_way_of_writing_our_own_machine_connects(sink, monkeypatch, scheme, host):
    monkeypatch.setattr(
        targets, "PUBLIC_PORTS", {443, sink.port}
    )  # so that the port is not what saves us
    with pytest.raises((Forbidden, Unreachable)):
        send("GET", f"{scheme}://{host}:{sink.port}/", timeout=2)
    with pytest.raises((Forbidden, Unreachable)):
        send("GET", f"{scheme}://{host}/", timeout=2)
    assert sink.connections == 0


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "gopher://127.0.0.1:{port}/_x", "ftp://127.0.0.1:{port}/", "dict://127.0.0.1:{port}/",
        "//127.0.0.1:{port}/", "127.0.0.1:{port}", "http:127.0.0.1:{port}/", "http:///127.0.0.1:{port}/", "", "https://",
        "javascript:alert(1)", "unix:///var/run/docker.sock", "http://127.0.0.1:{port} /", " http://127.0.0.1:{port}/",
        "http://127.0.0.1:{port}/\r\nHost: x", "https://example.com:99999/", "https://example.com:-1/",
        "https://" + "a" * 3000 + ".example/",
    ],
)  # fmt: skip
def test_what_is_no_web_address_is_refused(sink, url):
    with pytest.raises(Forbidden):
        send("GET", url.format(port=sink.port), timeout=2)
    assert sink.connections == 0


@pytest.mark.parametrize(
    "port", [21, 22, 23, 25, 80, 110, 465, 587, 3306, 5432, 6379, 9200, 11211, 27017]
)
def test_other_ports_than_those_of_https_are_refused(port):
    with pytest.raises(Forbidden):
        check_url(f"https://example.com:{port}/")


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST.", "x.localhost", "printer", "printer.local", "db.internal", "nas.home.arpa", "localhost.localdomain"],
)  # fmt: skip
def test_names_of_the_house_are_refused_before_anybody_asks_for_them(settings, host):
    with pytest.raises(Forbidden, match="OUTBOUND_ALLOWED"):
        check_url(f"https://{host}/hook")

    settings.OUTBOUND_ALLOWED = [host.lower().rstrip(".")]
    assert check_url(f"https://{host}/hook")
    settings.OUTBOUND_ALLOWED = ["10.0.0.0/8"]
    assert check_url(f"https://{host}/hook")  # where it leads is known when it is asked for


@pytest.mark.parametrize("host", ["example.com", "localhost.example.com", "local.example", "a.b."])
def test_other_names_are_not(host):
    assert check_url(f"https://{host}/hook")


def test_plain_http_is_refused_outside():
    with pytest.raises(Forbidden, match="https://"):
        check_url("http://example.com/")


def test_a_name_is_asked_for_once_so_that_it_can_not_flip(sink, names):
    names["flips.example"] = [["240.0.0.1", "127.0.0.1"], ["127.0.0.1"]]
    with pytest.raises(Forbidden):
        send("GET", "https://flips.example:8443/", timeout=1)
    names["flips.example"] = [["2606:4700::1"], ["127.0.0.1"]]
    with pytest.raises(Unreachable):  # the first answer is public (and leads nowhere from here)
        send("GET", "https://flips.example:8443/", timeout=0.5)
    assert names["asked"] == ["flips.example"] * 2
    assert sink.connections == 0


@pytest.mark.parametrize(
    "wrong", ["127.0.0.1", "::1", "10.0.0.1", "169.254.169.254", "::ffff:127.0.0.1"]
)
def test_one_wrong_address_among_right_ones_refuses_the_name(names, wrong):
    names["mixed.example"] = [["1.1.1.1", wrong]]
    with pytest.raises(Forbidden, match="not public"):
        send("GET", "https://mixed.example/", timeout=1)


def test_a_redirect_is_an_answer_and_not_followed(inside):
    with sinks.sink() as other:
        inside.behave = sinks.answer(302, b"", Location=other.url)
        assert send("POST", inside.url, body=b"{}").status == 302
        assert other.connections == 0


def test_what_is_sent_arrives_as_it_was(inside):
    got = send(
        "POST", inside.url + "?a=b", body=b'{"a": 1}', headers={"Content-Type": "application/json"}
    )
    assert (got.status, got.body, got.is_whole, got.is_ok) == (200, b"ok", True, True)
    (seen,) = inside.received
    assert (seen.method, seen.path, seen.body) == ("POST", "/hook?a=b", b'{"a": 1}')
    assert seen.headers["host"] == f"127.0.0.1:{inside.port}"
    assert seen.headers["accept-encoding"] == "identity"
    assert "authorization" not in seen.headers


def test_no_proxy_of_the_environment_is_asked(inside, monkeypatch):
    with sinks.sink() as proxy:
        for name in (
            "http_proxy",
            "HTTP_PROXY",
            "https_proxy",
            "HTTPS_PROXY",
            "all_proxy",
            "ALL_PROXY",
        ):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert send("GET", inside.url).status == 200
        assert proxy.connections == 0


def test_a_packed_bomb_stays_packed(inside):
    packed = gzip.compress(b"0" * 20_000_000)
    inside.behave = sinks.answer(200, packed, Content_Encoding="gzip")
    got = send("GET", inside.url, most_bytes=100_000)
    assert got.body == packed[:100_000]


def test_a_body_without_end_is_cut(inside):
    def pour(_received, connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        for _piece in range(16_000):
            connection.sendall(b"x" * 65536)

    inside.behave = pour
    got = send("GET", inside.url, most_bytes=1000)
    assert (len(got.body), got.is_whole) == (1000, False)


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\nX-Slow: "])
def test_a_head_in_drips_ends_at_the_deadline(inside, start):
    def drip(_received, connection):
        connection.sendall(start)
        while not inside.release.wait(0.05):
            connection.sendall(b"H")

    inside.behave = drip
    began = time.monotonic()
    with pytest.raises(Unreachable, match=r"in time|not HTTP"):
        send("GET", inside.url, timeout=0.4)
    assert time.monotonic() - began < 5  # it drips for ever


def test_a_body_in_drips_ends_at_the_deadline_and_the_status_counts(inside):
    def drip(_received, connection):
        connection.sendall(b"HTTP/1.1 201 OK\r\n\r\n")
        while not inside.release.wait(0.05):
            connection.sendall(b"b")

    inside.behave = drip
    began = time.monotonic()
    got = send("GET", inside.url, timeout=0.4)
    assert time.monotonic() - began < 5  # it drips for ever
    assert (got.status, got.is_whole) == (201, False)


def test_who_hangs_up_or_hangs_is_unreachable(inside):
    inside.behave = inside.hang
    with pytest.raises(Unreachable, match="in time"):
        send("GET", inside.url, timeout=0.2)
    inside.behave = lambda _received, connection: connection.close()
    with pytest.raises(Unreachable):
        send("GET", inside.url, timeout=2)
    inside.behave = lambda _received, connection: connection.sendall(b"SSH-2.0-nothing\r\n")
    with pytest.raises(Unreachable, match="not HTTP"):
        send("GET", inside.url, timeout=2)


def test_nobody_there_is_unreachable(settings):
    settings.OUTBOUND_ALLOWED = ["127.0.0.1:1"]
    with pytest.raises(Unreachable, match="refused"):
        send("GET", "http://127.0.0.1:1/", timeout=2)


def test_a_resolver_that_hangs_ends_at_the_deadline(inside, monkeypatch):
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda *_given, **_more: [][: inside.release.wait(30)]
    )
    with pytest.raises(Unreachable, match="found in time"):
        send("GET", "https://slow.example/", timeout=0.2)
    inside.release.set()


def test_a_certificate_must_be_signed_by_somebody_known(settings, tmp_path):
    with sinks.sink(sinks.certificate(tmp_path)) as secure:
        settings.OUTBOUND_ALLOWED = [f"127.0.0.1:{secure.port}"]
        with pytest.raises(Unreachable, match="certificate"):
            send("GET", f"https://127.0.0.1:{secure.port}/")
        assert secure.received == []


def test_the_houses_own_authority_counts_and_names_must_agree(settings, tmp_path, monkeypatch):
    context = sinks.certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    with sinks.sink(context) as secure:
        settings.OUTBOUND_ALLOWED = [f"{name}:{secure.port}" for name in ("localhost", "127.0.0.1", "ip6-localhost", "other.example")]  # fmt: skip
        monkeypatch.setattr(socket, "getaddrinfo", lambda _host, port, **_more: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))])  # fmt: skip
        assert send("GET", f"https://localhost:{secure.port}/").status == 200
        assert send("GET", f"https://localhost.:{secure.port}/").status == 200
        with pytest.raises(Unreachable, match="certificate"):
            send("GET", f"https://other.example:{secure.port}/")
        assert [seen.headers["host"] for seen in secure.received] == [f"localhost:{secure.port}", f"localhost:{secure.port}"]  # fmt: skip


def test_a_certificate_that_has_ended_is_refused(settings, tmp_path, monkeypatch):
    context = sinks.certificate(tmp_path, days=-1)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    with sinks.sink(context) as secure:
        settings.OUTBOUND_ALLOWED = [f"127.0.0.1:{secure.port}"]
        with pytest.raises(Unreachable, match="certificate"):
            send("GET", f"https://127.0.0.1:{secure.port}/")
        assert secure.received == []


def test_what_an_operator_allows_is_allowed_with_its_port_only(settings, sink, names):
    names["chat.internal"] = [["127.0.0.1"]]
    settings.OUTBOUND_ALLOWED = [f"chat.internal:{sink.port}"]
    assert send("GET", f"http://chat.internal:{sink.port}/").status == 200
    for url in (
        f"http://127.0.0.1:{sink.port}/",
        "http://chat.internal:5432/",
        "http://chat.internal/",
    ):
        with pytest.raises(Forbidden):
            send("GET", url, timeout=1)
    assert sink.connections == 1


def test_an_allowed_network_covers_the_names_that_lead_there(settings, sink, names):
    names["hook.internal"] = [["127.0.0.1"]]
    settings.OUTBOUND_ALLOWED = [f"127.0.0.0/8:{sink.port}"]
    assert send("GET", f"http://hook.internal:{sink.port}/").status == 200
    names["hook.internal"] = [["10.0.0.1"]]
    with pytest.raises(Forbidden):
        send("GET", f"http://hook.internal:{sink.port}/", timeout=1)


@pytest.mark.parametrize("address", ["169.254.169.254", "fd00:ec2::254", "0.0.0.0", "224.0.0.1"])  # noqa: S104
def test_an_allowed_name_never_leads_to_the_clouds_own_addresses(settings, names, address):
    names["chat.internal"] = [[address]]
    settings.OUTBOUND_ALLOWED = ["chat.internal"]
    with pytest.raises(Forbidden):
        send("GET", "https://chat.internal/", timeout=1)


@pytest.mark.parametrize(
    "entry", ["10.0.0.0/33", "http://x", "a b", "host:port", "-x", "10.0.0.1/8", "*.example.com"]
)
def test_a_slip_in_the_setting_is_told(entry):
    with pytest.raises(ValueError, match=r"OUTBOUND_ALLOWED|host bits"):
        read_allowed((entry,))


def test_addresses_of_either_kind_may_carry_a_port():
    (network, single, six, plain) = read_allowed(
        ("10.0.0.0/8:9000", "127.0.0.1:80", "[fd00::/8]:8443", "fd00::/8")
    )
    assert (network.port, single.port, six.port, plain.port) == (9000, 80, 8443, None)
    assert six.network == plain.network


def test_a_library_that_speaks_through_requests_is_guarded_too(inside):
    inside.behave = sinks.answer(200, b'{"a": 1}', Content_Type="application/json")
    got = session().post(inside.url, json={"b": 2}, headers={"X-Own": "yes"}, timeout=(1, 2))
    assert (got.status_code, got.json()) == (200, {"a": 1})
    (seen,) = inside.received
    assert (seen.body, seen.headers["x-own"]) == (b'{"b": 2}', "yes")
    for url in ("http://127.0.0.1:1/", "https://10.0.0.1/", "file:///etc/passwd"):
        with pytest.raises((requests.ConnectionError, requests.exceptions.InvalidSchema)):
            session().get(url)


def test_such_a_library_follows_no_redirect_and_gets_no_half_answer(inside):
    with sinks.sink() as other:
        inside.behave = sinks.answer(302, b"", Location=other.url)
        assert session().get(inside.url).status_code == 302
        assert other.connections == 0
    inside.behave = sinks.answer(200, b"x" * 2000)
    with pytest.raises(requests.ConnectionError, match="too long"):
        session(most_bytes=1000).get(inside.url)
