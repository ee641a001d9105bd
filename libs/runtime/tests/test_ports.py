import errno
import socket

import pytest

from coattail_runtime.ports import refuse_port


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (
            OSError(errno.EADDRINUSE, "in use"),
            "port 80 on h is in use by another process; end it or set X_PORT to a free",
        ),
        (OSError(errno.EACCES, "Permission denied"), "h:80 (Permission denied); set X_PORT to a port this process may"),
        (OSError("could not bind"), "cannot listen on h:80 (could not bind); set X_HOST to an address of this machine"),
        (socket.gaierror(socket.EAI_NONAME, "unknown"), "h:80 (unknown); set X_HOST to an address of this machine"),
    ],
)
def test_the_line_names_the_setting_that_mends_it(
    capsys: pytest.CaptureFixture[str], error: OSError, says: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        refuse_port(error, "h", 80, "X_PORT")
    assert ended.value.code == 2
    assert says in capsys.readouterr().err
