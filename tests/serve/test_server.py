from __future__ import annotations

import gc
import http.client
import socket
import time
from urllib.parse import urlsplit

import pytest

from pantau.errors import ConfigError
from pantau.serve.app import create_app
from pantau.serve.server import Server
from pantau.serve.services import Services


def get(address: str, path: str, method: str = "GET") -> tuple[int, bytes]:
    where = urlsplit(address)
    connection = http.client.HTTPConnection(str(where.hostname), where.port, timeout=10)
    connection.request(method, path)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body


def test_it_answers_from_start_to_stop(services: Services) -> None:
    server = Server(create_app(services), "127.0.0.1", 0)
    server.start()
    address = server.address
    assert get(address, "/healthz") == (200, b'{"status":"ok"}')
    server.stop()
    with pytest.raises(ConnectionRefusedError):
        get(address, "/healthz")
    assert server.address == address


def test_a_question_for_the_head_has_no_body(services: Services) -> None:
    server = Server(create_app(services), "127.0.0.1", 0)
    server.start()
    assert get(server.address, "/healthz", "HEAD") == (200, b"")
    assert get(server.address, "/api/v1/cameras", "HEAD") == (401, b"")
    server.stop()


def test_it_stops_twice_and_without_having_started(services: Services) -> None:
    server = Server(create_app(services), "127.0.0.1", 0)
    server.stop()
    server.stop()


def test_it_is_reached_over_ipv6_loopback(services: Services) -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this computer has no IPv6 loopback")
    server = Server(create_app(services), "::1", 0)
    server.start()
    assert server.address.startswith("http://[::1]:")
    assert get(server.address, "/healthz")[0] == 200
    server.stop()


def test_a_busy_port_is_named_with_what_to_do(services: Services) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        server = Server(create_app(services), "127.0.0.1", port)
        with pytest.raises(ConfigError, match=rf"port {port} .* server\.port"):
            server.start()


def test_the_port_is_free_again_after_a_stop(services: Services) -> None:
    port = 0
    for _ in range(2):
        server = Server(create_app(services), "127.0.0.1", port)
        server.start()
        port = int(server.address.rsplit(":", 1)[1])
        assert get(server.address, "/healthz")[0] == 200
        server.stop()


def test_it_does_not_listen_where_others_could_reach_it(services: Services) -> None:
    with pytest.raises(ConfigError, match="other computers"):
        Server(create_app(services), "0.0.0.0", 8600)  # the point of the test


def test_an_answer_does_not_wait_for_an_acknowledgement(services: Services) -> None:
    """Header and body are two sends; were they held together for the other side's delayed ACK, each answer took 40 ms."""
    server = Server(create_app(services), "127.0.0.1", 0)
    server.start()
    where = urlsplit(server.address)
    connection = http.client.HTTPConnection(str(where.hostname), where.port, timeout=10)
    took = []
    for _ in range(12):
        began = time.perf_counter()
        connection.request("GET", "/api/v1/city")
        connection.getresponse().read()
        took.append(time.perf_counter() - began)
    connection.close()
    server.stop()
    assert min(took) < 0.035


def test_a_server_leaves_the_collector_to_who_began_the_process(services: Services) -> None:
    kept, server = gc.get_freeze_count(), Server(create_app(services), "127.0.0.1", 0)
    server.start()
    try:
        assert gc.get_freeze_count() == kept
    finally:
        server.stop()
