"""Addresses of Ray clusters that cnnlab refuses, and a missing Ray."""

from __future__ import annotations

import socket
from importlib.util import find_spec

import pytest

from cnnlab.errors import UsageError
from cnnlab.study.workers import ray_connection
from cnnlab.study.workers.interface import Resources
from cnnlab.study.workers.ray_connection import connect_ray

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed"),
]


def test_without_ray_the_error_names_the_extra(monkeypatch):
    monkeypatch.setattr(ray_connection, "find_spec", lambda name: None)
    with pytest.raises(UsageError) as error:
        connect_ray("auto", Resources())
    assert str(error.value) == "--ray needs Ray: pip install 'cnnlab[ray]'"


def test_an_address_without_a_cluster_names_the_remedy():
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
    with pytest.raises(UsageError) as error:
        connect_ray(address, Resources())
    assert str(error.value) == (
        f"--ray {address}: no Ray cluster answers there: connection refused; start a cluster on "
        "this machine with `ray start --head`, and join it from others"
    )


@pytest.mark.parametrize("address", ["here", "127.0.0.1:", "127.0.0.1:99999", "ray://a:1"])
def test_a_wrong_address_is_refused(address):
    with pytest.raises(UsageError) as error:
        connect_ray(address, Resources())
    expected = "expected `auto` or HOST:PORT, such as 10.0.0.1:6379"
    assert str(error.value) == f"--ray {address}: {expected}"
