"""How a broker of Kafka is reached: in the clear, over TLS, or over TLS with the login of MSK by IAM."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import partial
from typing import Any

type MakeToken = Callable[[str], tuple[str, float]]
"""Makes a token for a region, and says when it expires, in milliseconds since 1970."""


class Login(StrEnum):
    """The ways to a broker."""

    PLAINTEXT = "plaintext"
    TLS = "tls"
    MSK_IAM = "msk-iam"


def connection(login: Login, region: str, make_token: MakeToken | None = None) -> Mapping[str, Any]:
    """Return librdkafka's settings for a login. The credentials of IAM are those of every AWS client.

    librdkafka asks for another token before the last expires. Where none can be made, the connection fails and is tried again.
    """
    match login:
        case Login.PLAINTEXT:
            return {"security.protocol": "PLAINTEXT"}
        case Login.TLS:
            return {"security.protocol": "SSL"}
        case Login.MSK_IAM:
            return {
                "security.protocol": "SASL_SSL",
                "sasl.mechanisms": "OAUTHBEARER",
                "oauth_cb": partial(_token, region, make_token or _signer()),
            }


def _token(region: str, make_token: MakeToken, _config: str) -> tuple[str, float]:
    """Return a token and when it expires, in seconds since 1970, as librdkafka counts."""
    token, expires_ms = make_token(region)
    return token, expires_ms / 1000


def _signer() -> MakeToken:
    from aws_msk_iam_sasl_signer import MSKAuthTokenProvider  # noqa: PLC0415  (takes as long to load as all the rest)

    make_token: MakeToken = MSKAuthTokenProvider.generate_auth_token
    return make_token
