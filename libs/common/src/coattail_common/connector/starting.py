"""How a connector's process starts and ends: what keeps it from its work is one line that says what to set."""

import asyncio
from collections.abc import Callable, Coroutine

from aws_lambda_powertools import Logger

from coattail_common.connector.messages import ExchangeRefusedError
from coattail_common.connector.recovery import Ledger
from coattail_common.connector.settings import ConnectorSettings
from coattail_common.cursors import CursorsBrokenError, CursorsRefusedError
from coattail_common.link import LinkRefusedError, Links
from coattail_common.settings import read, refuse
from coattail_common.symbols import ListMissingError, MarketListError


def start[S: ConnectorSettings](settings: type[S], follow: Callable[[S], Coroutine[None, None, None]]) -> None:
    """Read the settings and `follow` with them. Ends the process with code 2 over what trying again would not mend."""
    prefix = settings.model_config.get("env_prefix", "")
    given = read(settings)
    try:
        asyncio.run(follow(given))
    except ExchangeRefusedError as error:
        refuse(f"{error}; set {prefix}SYMBOLS, or the list in SSM, to markets it has")
    except (ListMissingError, MarketListError) as error:
        refuse(f"{error}; mend it, or set {prefix}SYMBOLS or {prefix}SSM_PREFIX")
    except CursorsRefusedError as error:
        refuse(f"{error}; set {prefix}CURSORS to a folder or table that it may use")
    except CursorsBrokenError as error:
        refuse(f"{error}; move it away to begin from now, or set {prefix}CURSORS")
    except LinkRefusedError as error:
        refuse(f"{error}; set {prefix}LINK_URL or {prefix}LINK_TOKEN")


def links(settings: ConnectorSettings, producer: str, ledger: Ledger, log: Logger) -> Links:
    """The way to the writers; the ledger hears what is accepted."""
    token = settings.link_token.get_secret_value() if settings.link_token else None
    return Links(settings.link_url, producer, token=token, on_accepted=ledger.accepted, log=log)
