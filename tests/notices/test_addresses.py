"""Where a push may go, and that it goes to the address that was checked."""

import contextlib
import socket
import threading
from time import sleep

import pytest
import urllib3

from openbeian.notices import addresses
from openbeian.notices.addresses import AddressRefused, checked_address, is_public, post
from tests.receiver import Receiver


@pytest.mark.parametrize("address", [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
    "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "2002:7f00:1::", "64:ff9b::7f00:1", "2001:db8::1", "fe80::1%eth0",
])
def test_special_addresses_are_refused(address: str) -> None:
    assert is_public(address) is False


@pytest.mark.parametrize("address", ["1.1.1.1", "119.29.29.29", "2400:da00::6666", "::ffff:1.1.1.1"])
def test_public_addresses_are_taken(address: str) -> None:
    assert is_public(address) is True


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0x7f000001", "2130706433", "127.1"])
def test_no_spelling_of_this_machine_is_reached(host: str) -> None:
    with pytest.raises(AddressRefused):
        post(f"http://{host}:1/", body=b"", content_type="text/xml", allow_private=False)


def test_an_operator_may_allow_private_addresses(receiver: Receiver) -> None:
    answer = post(receiver.url, body=b"x", content_type="text/xml", allow_private=True)
    assert (answer.status, answer.body) == (200, b"success")


def test_a_name_with_no_address_is_told() -> None:
    with pytest.raises(AddressRefused, match="unresolvable"):
        checked_address("no-such-host.invalid", 80, allow_private=True)


def test_the_connection_goes_to_the_checked_address_and_nowhere_else(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name may resolve differently the second time it is asked; it is asked once."""
    port = int(receiver.url.split(":")[2].split("/")[0])
    asked: list[str] = []
    real = socket.getaddrinfo

    def resolver(host: str, *arguments: object, **options: object) -> object:
        asked.append(host)
        return real("127.0.0.1" if host == "rebinding.test" else host, *arguments, **options)

    monkeypatch.setattr(addresses.socket, "getaddrinfo", resolver)
    answer = post(f"http://rebinding.test:{port}/events", body=b"x", content_type="text/xml", allow_private=True)
    assert answer.status == 200
    assert asked.count("rebinding.test") == 1


def test_redirects_are_not_followed(receiver: Receiver) -> None:
    receiver.answers.append((302, b""))
    assert post(receiver.url, body=b"x", content_type="text/xml", allow_private=True).status == 302
    assert len(receiver.requests) == 1


@pytest.mark.parametrize("says", [
    b"HTTP/1.1 200 OK\r\nX-Dribble: " + b"x" * 60 + b"\r\nContent-Length: 7\r\n\r\nsuccess",
    b"HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\n" + b"x" * 60,
])
def test_an_answer_that_dribbles_in_is_not_waited_for(monkeypatch: pytest.MonkeyPatch, says: bytes) -> None:
    monkeypatch.setattr(addresses, "PUSH_SECONDS", 0.3)

    def dribble(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection, contextlib.suppress(OSError):
            connection.recv(65536)
            for byte in says:
                connection.sendall(bytes([byte]))
                sleep(0.05)

    with socket.create_server(("127.0.0.1", 0)) as server:
        dribbling = threading.Thread(target=dribble, args=(server,))
        dribbling.start()
        with pytest.raises(urllib3.exceptions.HTTPError):
            post(f"http://127.0.0.1:{server.getsockname()[1]}/", body=b"x", content_type="text/xml", allow_private=True)
        dribbling.join()


def test_other_schemes_are_refused() -> None:
    with pytest.raises(AddressRefused, match="bad_url"):
        post("file:///etc/passwd", body=b"", content_type="text/xml", allow_private=True)
