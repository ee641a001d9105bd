#!/bin/sh
# msgspec rounds a time finer than a microsecond to the nearest one while it decodes it, so the last nanosecond of a day
# becomes the next day. Python's own datetime.fromisoformat cuts. Exchanges send nanoseconds (Coinbase, Kraken by REST):
# a trade decoded by one and by the other has two times, two days and two partitions.
#
# Seen with msgspec 0.22.0 on Python 3.11: "2026-01-05T23:59:59.999999999Z" is 2026-01-06T00:00:00+00:00 by msgspec and
# 2026-01-05T23:59:59.999999+00:00 by fromisoformat. Fails when that changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check msgspec==0.22.0
"$folder/venv/bin/python" - <<'PY'
from datetime import datetime

import msgspec

text = "2026-01-05T23:59:59.999999999Z"
rounded = msgspec.json.decode(f'"{text}"'.encode(), type=datetime)
cut = datetime.fromisoformat(text)
print(f"msgspec {msgspec.__version__}: {rounded.isoformat()}; fromisoformat: {cut.isoformat()}")
assert rounded.isoformat() == "2026-01-06T00:00:00+00:00", rounded
assert cut.isoformat() == "2026-01-05T23:59:59.999999+00:00", cut
PY
