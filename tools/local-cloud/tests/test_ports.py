import socket

import pytest

from coattail_harness.ports import HOST
from local_cloud.errors import PortInUseError
from local_cloud.ports import is_free, require_free


def test_a_port_that_is_listened_on_is_named_with_what_to_do() -> None:
    with socket.socket() as server:
        server.bind((HOST, 0))
        server.listen()
        port = server.getsockname()[1]
        with pytest.raises(PortInUseError, match=rf"port {port} .*--port N") as caught:
            require_free(port)
    assert caught.value.exit_code == 2
    assert is_free(port)
