"""First inputs as our simulator prints them."""

from exchange_simulator.model import Venue
from exchange_simulator.sampling import samples
from exchange_simulator.venues import Samples
from fuzz.exchanges import GAP


def of(exchange: str, symbol: str) -> Samples:
    """Return what an exchange may say of a market, and of the trades that are asked for."""
    return samples(Venue(exchange), symbol, GAP.first)


def inputs(said: Samples) -> list[bytes]:
    """Return the answers of REST as they are put to a target, behind the value of a header."""
    return [b"%b\n%b" % (answer.header, answer.body) for answer in said.answers]
