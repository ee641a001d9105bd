# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""The decoder, compiled: one pass over the bytes of records. What it does not recognise byte for byte goes to `judge`, line by line.

No read goes beyond a record's end: every text is compared only where it fits, every number is read up to that end.
"""

from cpython.bytearray cimport PyByteArray_AS_STRING
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.stdlib cimport free, malloc, qsort, realloc
from libc.string cimport memchr, memcmp, memcpy, memset

cdef extern from *:
    """
    typedef __int128 i128_t;
    typedef unsigned __int128 u128_t;
    """
    ctypedef long long i128 "i128_t"
    ctypedef unsigned long long u128 "u128_t"
ctypedef long long i64
ctypedef unsigned long long u64

VERSION = 1
"""Of what it takes and gives: the Python part uses no other."""

_WIDTHS = (
    ("market", 4), ("trade_id", 8), ("price", 16), ("quantity", 16), ("quote_volume", 16), ("price_digits", 1), ("quantity_digits", 1),
    ("volume_digits", 1), ("side", 1), ("timestamp", 8), ("ingestion_timestamp", 8), ("record", 4),
)

cdef enum:
    AMOUNT_DIGITS = 18  # an amount's significant digits, all of which fit 64 bits
    VOLUME_DIGITS = 36
    DIGITS_BEHIND = 18
    VOLUME_BEFORE = 20

cdef u64 POWER[20]
cdef int _power
POWER[0] = 1
for _power in range(1, 20):
    POWER[_power] = POWER[_power - 1] * 10

cdef i128 LARGEST = (<i128>POWER[19]) * (<i128>POWER[19]) - 1

cdef struct Market:
    char* head
    Py_ssize_t head_size
    char* middle
    Py_ssize_t middle_size
    double rate        # below 0: none
    int number         # in the call under way, in the order of appearance; below 0: not met yet
    i64 lines
    i64 first          # of the run under way; below 0: none
    i64 last
    int first_segment  # of the run under way
    int run_segment    # the last segment of that run
    int segment        # the one under way
    int segment_side
    i64 segment_millisecond
    i64 lowest         # and the segments that the lowest and the highest id stand in
    i64 highest
    int lowest_segment
    int highest_segment
    int bar
    i64 bar_start
    int marks
    i64 marks_bucket
    int arrival

cdef struct Segment:
    int market
    int side
    bint is_chosen
    double amount

cdef struct RunEnds:
    int market
    i64 first
    i64 last
    int first_segment
    int last_segment

cdef struct Bar:
    int market
    i64 start
    i64 trades
    i128 volume
    i128 amount
    i64 buys
    i128 buy_volume
    i128 buy_amount
    i128 opened
    i128 high
    i128 low
    i128 closed
    i64 first_id
    i64 last_id
    i64 newest

cdef struct Arrived:
    i64 time
    i64 delay

cdef struct Values:
    i64 trade_id
    i128 price
    i128 quantity
    i128 volume
    int price_digits
    int quantity_digits
    int volume_digits
    int side
    i64 timestamp
    i64 received
    int origin


cdef void* grown(void* data, Py_ssize_t size) except NULL:
    """`data` with room for `size` bytes. Raises MemoryError; `data` is as it was then."""
    cdef void* found = realloc(data, size)
    if found == NULL:
        raise MemoryError
    return found


cdef inline bint text(const char** at, const char* stop, const char* wanted, Py_ssize_t size) noexcept nogil:
    if stop - at[0] < size or memcmp(at[0], wanted, size) != 0:
        return False
    at[0] += size
    return True


cdef inline bint integer(const char** at, const char* stop, i64* into) noexcept nogil:
    """Digits without a zero before them, at most 18."""
    cdef const char* p = at[0]
    cdef const char* begin = p
    cdef u64 value = 0
    cdef unsigned int digit
    while p < stop:
        digit = <unsigned char>p[0] - 48
        if digit > 9:
            break
        if p - begin >= 18:
            return False
        value = value * 10 + digit
        p += 1
    if p == begin or (begin[0] == 48 and p - begin > 1):
        return False
    into[0] = <i64>value
    at[0] = p
    return True


cdef inline bint amount(const char** at, const char* stop, int most, u128* units, int* behind) noexcept nogil:
    """`0.05`, `7`, `12.30`: digits, at most `most`, and at most 20 before the point and 18 behind it; no zero before another digit."""
    cdef const char* p = at[0]
    cdef const char* begin = p
    cdef const char* point = NULL
    cdef u64 low = 0
    cdef u128 high = 0
    cdef int digits = 0
    cdef unsigned int digit
    while p < stop:
        digit = <unsigned char>p[0] - 48
        if digit <= 9:
            if digits >= most:
                return False
            low = low * 10 + digit
            digits += 1
            if digits == 18:
                high = low
                low = 0
        elif p[0] == 46 and point == NULL:
            point = p
        else:
            break
        p += 1
    if digits == 0:
        return False
    if point == NULL:
        if p - begin > VOLUME_BEFORE:
            return False
        behind[0] = 0
    else:
        behind[0] = <int>(p - point) - 1
        if point == begin or behind[0] < 1 or behind[0] > DIGITS_BEHIND or point - begin > VOLUME_BEFORE:
            return False
    if begin[0] == 48 and p - begin > 1 and begin[1] != 46:
        return False
    units[0] = high * POWER[digits - 18] + low if digits >= 18 else low
    at[0] = p
    return True


cdef inline u64 mixed(u64 value) noexcept nogil:
    value = value + <u64>0x9E3779B97F4A7C15
    value = (value ^ (value >> 30)) * <u64>0xBF58476D1CE4E5B9
    value = (value ^ (value >> 27)) * <u64>0x94D049BB133111EB
    return value ^ (value >> 31)


cdef inline i64 mark_of(Values* the) noexcept nogil:
    cdef u64 digest = 0
    cdef i128 moment = <i128>the.timestamp * 2 + the.side
    digest = mixed(digest ^ <u64>the.price ^ mixed(<u64>(the.price >> 64)))
    digest = mixed(digest ^ <u64>the.quantity ^ mixed(<u64>(the.quantity >> 64)))
    digest = mixed(digest ^ <u64>moment ^ mixed(<u64>(moment >> 64)))
    cdef u64 place = 0 if the.trade_id == 0 else <u64>((the.trade_id - 1) % 32768)
    return <i64>((place << 48) | (digest >> 16))


cdef i128 wide(object value) except? -1:
    """A Python integer from 0 to LARGEST, which has 127 bits: in three parts of up to 60."""
    cdef u64 low = value & 0xFFFFFFFFFFFFFFF
    cdef u64 middle = (value >> 60) & 0xFFFFFFFFFFFFFFF
    cdef u64 high = value >> 120
    return (<i128>high << 120) | (<i128>middle << 60) | <i128>low


cdef object narrow(i128 value):
    cdef u64 low = <u64>(value & 0xFFFFFFFFFFFFFFF)
    cdef u64 middle = <u64>((value >> 60) & 0xFFFFFFFFFFFFFFF)
    cdef u64 high = <u64>(value >> 120)
    return (int(high) << 120) | (int(middle) << 60) | int(low)


cdef inline i128 plus(i128 sum, i128 addend) noexcept nogil:
    """Neither is above LARGEST, so what they come to fits: twice LARGEST is above what 128 bits hold only as an addend of itself."""
    return LARGEST if sum > LARGEST - addend else sum + addend


cdef class Columns:
    """Room for rows, and what they come to. One call's work: made for it, and gone with it."""

    cdef readonly dict columns
    cdef Py_ssize_t room
    cdef Py_ssize_t size
    cdef int* market
    cdef i64* trade_id
    cdef i128* price
    cdef i128* quantity
    cdef i128* volume
    cdef signed char* price_digits
    cdef signed char* quantity_digits
    cdef signed char* volume_digits
    cdef signed char* side
    cdef i64* timestamp
    cdef i64* received
    cdef signed char* origin
    cdef int* version
    cdef int* record
    cdef int* line
    cdef int* segment
    cdef i64* marks
    cdef int* marks_of

    def __init__(self, Py_ssize_t room):
        self.room = room
        self.size = 0
        widths = {
            "market": 4, "trade_id": 8, "price": 16, "quantity": 16, "quote_volume": 16,
            "price_digits": 1, "quantity_digits": 1, "volume_digits": 1, "side": 1, "timestamp": 8,
            "ingestion_timestamp": 8, "origin": 1, "schema_version": 4, "record": 4, "line": 4,
            "segment": 4, "marks": 8, "marks_of": 4,
        }
        self.columns = {name: bytearray(room * width) for name, width in widths.items()}
        self.market = <int*>self._at("market")
        self.trade_id = <i64*>self._at("trade_id")
        self.price = <i128*>self._at("price")
        self.quantity = <i128*>self._at("quantity")
        self.volume = <i128*>self._at("quote_volume")
        self.price_digits = <signed char*>self._at("price_digits")
        self.quantity_digits = <signed char*>self._at("quantity_digits")
        self.volume_digits = <signed char*>self._at("volume_digits")
        self.side = <signed char*>self._at("side")
        self.timestamp = <i64*>self._at("timestamp")
        self.received = <i64*>self._at("ingestion_timestamp")
        self.origin = <signed char*>self._at("origin")
        self.version = <int*>self._at("schema_version")
        self.record = <int*>self._at("record")
        self.line = <int*>self._at("line")
        self.segment = <int*>self._at("segment")
        self.marks = <i64*>self._at("marks")
        self.marks_of = <int*>self._at("marks_of")

    cdef char* _at(self, str name):
        return PyByteArray_AS_STRING(self.columns[name])


cdef class Decoder:
    """See `coattail_decoder.decoder.Decoder`. `judge` takes a line's bytes, and gives a tuple of a trade's values or a rule's name.

    `most_markets` bounds what is kept from call to call.
    """

    cdef Market* _markets
    cdef int _known
    cdef int _room
    cdef int _most
    cdef dict _by_head
    cdef dict _by_name
    cdef list _names
    cdef list _kept
    cdef const char* _text[16]
    cdef Py_ssize_t _text_sizes[16]
    cdef const char* _sides[2]
    cdef Py_ssize_t _side_sizes[2]
    cdef const char* _origins[2]
    cdef Py_ssize_t _origin_sizes[2]
    cdef tuple _texts, _side_texts, _origin_texts
    cdef object _judge
    cdef dict _rates
    cdef i64 _bar
    cdef double _floor
    cdef bint _wants_fills
    cdef i64 _earliest, _latest, _ahead, _bar_ahead
    cdef int _most_holes
    cdef int _schema_version
    # of the call under way
    cdef list _met
    cdef Columns _rows
    cdef Segment* _segments
    cdef Py_ssize_t _segments_size, _segments_room
    cdef RunEnds* _runs
    cdef Py_ssize_t _runs_size, _runs_room
    cdef Bar* _bars
    cdef Py_ssize_t _bars_size, _bars_room
    cdef Arrived* _arrived
    cdef Py_ssize_t _arrived_size, _arrived_room
    cdef dict _bar_slots
    cdef dict _mark_slots
    cdef dict _arrival_slots

    def __cinit__(self):
        self._markets = NULL
        self._segments = NULL
        self._runs = NULL
        self._bars = NULL
        self._arrived = NULL

    def __init__(
        self, judge, tuple texts, tuple sides, tuple origins, dict rates, bar, floor, int most_markets, int schema_version, tuple limits
    ):
        cdef int i
        if len(texts) != 16 or len(sides) != 2 or len(origins) != 2:
            raise ValueError("a line has 16 texts, and two words for its side and its origin")
        self._judge = judge
        # Kept, since the pointers lead into them.
        self._texts, self._side_texts, self._origin_texts = texts, sides, origins
        for i in range(16):
            self._text[i], self._text_sizes[i] = PyBytes_AS_STRING(<bytes>texts[i]), len(<bytes>texts[i])
        for i in range(2):
            self._sides[i], self._side_sizes[i] = PyBytes_AS_STRING(<bytes>sides[i]), len(<bytes>sides[i])
            self._origins[i], self._origin_sizes[i] = PyBytes_AS_STRING(<bytes>origins[i]), len(<bytes>origins[i])
        self._rates = rates
        self._bar = 0 if bar is None else bar
        self._wants_fills = floor is not None
        self._floor = 0.0 if floor is None else floor
        self._most = most_markets
        self._schema_version = schema_version
        self._earliest, self._latest, self._ahead, self._bar_ahead, self._most_holes = limits
        self._known = 0
        self._room = 0
        self._by_head = {}
        self._by_name = {}
        self._names = []
        self._kept = []
        self._segments_room = self._runs_room = self._bars_room = self._arrived_room = 0

    def __dealloc__(self):
        free(self._markets)
        free(self._segments)
        free(self._runs)
        free(self._bars)
        free(self._arrived)

    def decode(self, list records, list shards, list arrived_at):
        """Records' bytes, shards and arrivals (UTC, µs) → columns, spelled, refused and what the look is made of."""
        cdef Py_ssize_t total = 0, count = len(records), r
        cdef bytes data
        if len(shards) != count or len(arrived_at) != count:
            raise ValueError("records, shards and arrivals differ in number")
        for data in records:
            total += PyBytes_GET_SIZE(data)
        if self._known > self._most:
            self._forget()
        # A line of a trade names thirteen fields: it is longer than this by far.
        self._start(total // 100 + count + 1)
        cdef list spelled = [], refused = []
        for r in range(count):
            self._record(<bytes>records[r], r, shards[r], arrived_at[r], spelled, refused)
        for market in self._met:
            self._end_run(&self._markets[<int>market])
        return self._result(spelled, refused)

    def look_at(self, list names, dict columns, Py_ssize_t size, list shards, list arrived_at):
        """The look of rows that are there already: `columns` as this module gives them (any buffers), `names` by their market numbers, shards and arrivals by record."""
        cdef Py_ssize_t i
        cdef const unsigned char[::1] market = columns["market"], trade_id = columns["trade_id"], price = columns["price"]
        cdef const unsigned char[::1] quantity = columns["quantity"], volume = columns["quote_volume"], side = columns["side"]
        cdef const unsigned char[::1] price_digits = columns["price_digits"], quantity_digits = columns["quantity_digits"]
        cdef const unsigned char[::1] volume_digits = columns["volume_digits"]
        cdef const unsigned char[::1] timestamp = columns["timestamp"], received = columns["ingestion_timestamp"], record = columns["record"]
        for name, width in _WIDTHS:
            if len(columns[name]) < size * width:
                raise ValueError(f"the column {name} is shorter than its rows")
        cdef list numbers = [self._learn(name, b"", b"", False) for name in names]
        self._start(size)
        cdef Values values
        cdef int one, at, known = <int>len(numbers), records = <int>len(shards)
        memset(&values, 0, sizeof(Values))
        for i in range(size):
            memcpy(&one, &market[4 * i], 4)
            memcpy(&at, &record[4 * i], 4)
            memcpy(&values.trade_id, &trade_id[8 * i], 8)
            memcpy(&values.price, &price[16 * i], 16)
            memcpy(&values.quantity, &quantity[16 * i], 16)
            memcpy(&values.volume, &volume[16 * i], 16)
            memcpy(&values.timestamp, &timestamp[8 * i], 8)
            memcpy(&values.received, &received[8 * i], 8)
            values.side = <signed char>side[i]
            values.price_digits, values.quantity_digits, values.volume_digits = price_digits[i], quantity_digits[i], volume_digits[i]
            if one < 0 or one >= known or at < 0 or at >= records:
                raise ValueError("a row is of a market or a record that is not there")
            self._meet(<int>numbers[one], shards[at])
            self._take(&values, <int>numbers[one], at, 0, arrived_at[at], 0)
        for market_ in self._met:
            self._end_run(&self._markets[<int>market_])
        return self._result([], [])

    cdef int _start(self, Py_ssize_t room) except -1:
        """Begin a call."""
        cdef int i
        self._rows = Columns(room)
        self._segments_size = self._runs_size = self._bars_size = self._arrived_size = 0
        self._bar_slots, self._mark_slots, self._arrival_slots = {}, {}, {}
        self._met = []
        for i in range(self._known):
            self._begin(&self._markets[i])
        return 0

    cdef void _forget(self):
        """Learn all markets again: so many are not met by chance, and what is kept of each must not grow without end."""
        self._known = 0
        self._by_head, self._by_name, self._names, self._kept = {}, {}, [], []

    cdef void _begin(self, Market* one) noexcept:
        one.lines = 0
        one.number = -1
        one.first = one.lowest = one.highest = -1
        one.bar = one.marks = one.arrival = -1

    cdef int _record(self, bytes data, Py_ssize_t r, shard, i64 arrival, list spelled, list refused) except -1:
        cdef const char* p = PyBytes_AS_STRING(data)
        cdef const char* stop = p + PyBytes_GET_SIZE(data)
        cdef const char* end
        cdef int market = -1, seen = -1, number = 0, version
        cdef Values values
        while True:
            end = <const char*>memchr(p, 10, stop - p) if p < stop else NULL
            if end == NULL:
                end = stop
            version = self._schema_version
            if market < 0 or not self._fast(p, end, market, &values):
                market = self._market_of(p, end)
                if market < 0 or not self._fast(p, end, market, &values):
                    market = self._slow(p, end, r, number, &values, &version, spelled, refused)
            if market >= 0:
                if market != seen:
                    self._meet(market, shard)
                    seen = market
                self._take(&values, market, r, number, arrival, version)
            if end == stop:
                return 0
            p = end + 1
            number += 1

    cdef bint _fast(self, const char* p, const char* end, int market, Values* into) noexcept:
        """Whether the bytes are the canonical line of a valid trade of the market; then its values."""
        cdef Market* the = self._markets + market
        cdef const char* digits
        cdef Py_ssize_t size
        cdef u128 price, quantity, volume, product
        cdef int surplus
        if not text(&p, end, the.head, the.head_size):
            return False
        digits = p
        if not integer(&p, end, &into.trade_id):
            return False
        size = p - digits
        if not text(&p, end, the.middle, the.middle_size) or not text(&p, end, digits, size):
            return False
        if not self._says(&p, end, 8) or not amount(&p, end, AMOUNT_DIGITS, &price, &into.price_digits):
            return False
        if not self._says(&p, end, 9) or not amount(&p, end, AMOUNT_DIGITS, &quantity, &into.quantity_digits):
            return False
        if not self._says(&p, end, 10) or not amount(&p, end, VOLUME_DIGITS, &volume, &into.volume_digits):
            return False
        if not self._says(&p, end, 11):
            return False
        if text(&p, end, self._sides[0], self._side_sizes[0]):
            into.side = 0
        elif text(&p, end, self._sides[1], self._side_sizes[1]):
            into.side = 1
        else:
            return False
        if not self._says(&p, end, 12) or not integer(&p, end, &into.timestamp):
            return False
        if not self._says(&p, end, 13) or not integer(&p, end, &into.received):
            return False
        if not self._says(&p, end, 14):
            return False
        if text(&p, end, self._origins[0], self._origin_sizes[0]):
            into.origin = 0
        elif text(&p, end, self._origins[1], self._origin_sizes[1]):
            into.origin = 1
        else:
            return False
        if not self._says(&p, end, 15) or p != end:
            return False
        if into.received < self._earliest or into.received > self._latest:
            return False
        if into.timestamp < self._earliest or into.timestamp > into.received + self._ahead:
            return False
        # The volume is the exact product, which is above zero: what only comes near it, `judge` weighs.
        product = price * quantity
        surplus = into.price_digits + into.quantity_digits - into.volume_digits
        if product == 0 or surplus < 0 or surplus > DIGITS_BEHIND:
            return False
        if product % POWER[surplus] != 0 or product // POWER[surplus] != volume:
            return False
        into.price = <i128>(price * POWER[DIGITS_BEHIND - into.price_digits])
        into.quantity = <i128>(quantity * POWER[DIGITS_BEHIND - into.quantity_digits])
        into.volume = <i128>(volume * POWER[DIGITS_BEHIND - into.volume_digits])
        return True

    cdef inline bint _says(self, const char** at, const char* end, int number) noexcept:
        return text(at, end, self._text[number], self._text_sizes[number])

    cdef int _market_of(self, const char* p, const char* end) except -2:
        """The known market whose line this may be; -1: none."""
        cdef const char* start = p
        cdef const char* colon
        cdef int n
        if not self._says(&p, end, 0):
            return -1
        for n in range(2):
            colon = <const char*>memchr(p, 58, end - p) if p < end else NULL
            if colon == NULL:
                return -1
            p = colon + 1
        return self._by_head.get(PyBytes_FromStringAndSize(start, p - start), -1)

    cdef int _slow(
        self, const char* p, const char* end, Py_ssize_t record, int number, Values* into, int* version, list spelled, list refused
    ) except -2:
        """Let `judge` decide. The market's number, -1 for a line that is refused."""
        line = PyBytes_FromStringAndSize(p, end - p)
        said = self._judge(line)
        if isinstance(said, str):
            refused.append((record, number, said, line))
            return -1
        name, head, middle, is_canonical, is_as_written, values = said
        cdef int market = self._learn(name, head, middle, is_canonical)
        into.trade_id = values[0]
        into.price, into.quantity, into.volume = wide(values[1]), wide(values[2]), wide(values[3])
        into.price_digits, into.quantity_digits, into.volume_digits = values[4], values[5], values[6]
        into.side, into.timestamp, into.received, into.origin = values[7], values[8], values[9], values[10]
        version[0] = values[11]
        if not is_as_written:
            spelled.append((self._rows.size, line))
        return market

    cdef int _learn(self, name, bytes head, bytes middle, bint is_canonical) except -1:
        """The market's number. Its lines are recognised from now on if this one is canonical, and there is room for it."""
        cdef Market* one
        market = self._by_name.get(name)
        if market is None:
            if self._known == self._room:
                self._markets = <Market*>grown(self._markets, (self._room * 2 + 16) * sizeof(Market))
                self._room = self._room * 2 + 16
            market = self._known
            one = self._markets + self._known
            memset(one, 0, sizeof(Market))
            self._begin(one)
            one.rate = self._rates.get(name[3], -1.0)
            self._kept.append(None)
            self._by_name[name] = market
            self._names.append(name)
            self._known += 1
        if is_canonical and self._kept[market] is None:
            one = self._markets + <int>market
            self._kept[market] = (head, middle)
            one.head, one.head_size = PyBytes_AS_STRING(head), len(head)
            one.middle, one.middle_size = PyBytes_AS_STRING(middle), len(middle)
            self._by_head[head] = market
        return market

    cdef int _take(self, Values* the, int market, Py_ssize_t record, int number, i64 arrival, int version) except -1:
        cdef Columns rows = self._rows
        cdef Py_ssize_t n = rows.size
        cdef Market* one = self._markets + market
        cdef Arrived* arrived
        cdef i64 moment, bucket
        if n == rows.room:
            raise RuntimeError("more trades than their bytes have room for")
        rows.market[n] = one.number
        rows.trade_id[n] = the.trade_id
        rows.price[n] = the.price
        rows.quantity[n] = the.quantity
        rows.volume[n] = the.volume
        rows.price_digits[n] = <signed char>the.price_digits
        rows.quantity_digits[n] = <signed char>the.quantity_digits
        rows.volume_digits[n] = <signed char>the.volume_digits
        rows.side[n] = <signed char>the.side
        rows.timestamp[n] = the.timestamp
        rows.received[n] = the.received
        rows.origin[n] = <signed char>the.origin
        rows.version[n] = version
        rows.record[n] = <int>record
        rows.line[n] = number
        rows.size = n + 1
        one.lines += 1
        self._into_segment(the, market, n)
        if self._bar:
            self._into_bar(the, market)
        bucket = 0 if the.trade_id == 0 else (the.trade_id - 1) // 32768 + 1
        if one.marks < 0 or one.marks_bucket != bucket:
            one.marks = self._mark_slots.setdefault((one.number, bucket), len(self._mark_slots))
            one.marks_bucket = bucket
        rows.marks[n] = mark_of(the)
        rows.marks_of[n] = one.marks
        arrived = self._arrived + one.arrival
        moment = the.timestamp if the.timestamp < arrival + self._bar_ahead else arrival + self._bar_ahead
        if moment > arrived.time:
            arrived.time = moment
        if arrival - the.received < arrived.delay:
            arrived.delay = arrival - the.received
        return 0

    cdef int _into_segment(self, Values* the, int market, Py_ssize_t n) except -1:
        """A segment: trades of consecutive ids, of one side and one millisecond."""
        cdef Market* one = self._markets + market
        cdef bint follows = one.first >= 0 and the.trade_id == one.last + 1
        cdef i64 millisecond = the.timestamp // 1000
        cdef Segment* segment
        if not follows or one.segment_side != the.side or one.segment_millisecond != millisecond:
            if self._segments_size == self._segments_room:
                self._segments = <Segment*>grown(self._segments, (2 * self._segments_room + 1024) * sizeof(Segment))
                self._segments_room = 2 * self._segments_room + 1024
            segment = self._segments + self._segments_size
            segment.market, segment.side, segment.amount, segment.is_chosen = market, the.side, 0.0, False
            one.segment = <int>self._segments_size
            one.segment_side, one.segment_millisecond = the.side, millisecond
            self._segments_size += 1
        self._segments[one.segment].amount += <double>(the.volume // <i128>1000000000000) * 1e-6
        self._rows.segment[n] = one.segment
        if not follows:
            self._end_run(one)
            one.first = the.trade_id
            one.first_segment = one.segment
        one.last = the.trade_id
        one.run_segment = one.segment
        if one.lowest < 0 or the.trade_id < one.lowest:
            one.lowest, one.lowest_segment = the.trade_id, one.segment
        if the.trade_id > one.highest:
            one.highest, one.highest_segment = the.trade_id, one.segment
        return 0

    cdef int _end_run(self, Market* one) except -1:
        cdef RunEnds* run
        if one.first < 0:
            return 0
        if self._runs_size == self._runs_room:
            self._runs = <RunEnds*>grown(self._runs, (2 * self._runs_room + 1024) * sizeof(RunEnds))
            self._runs_room = 2 * self._runs_room + 1024
        run = self._runs + self._runs_size
        run.market, run.first, run.last = one.number, one.first, one.last
        run.first_segment, run.last_segment = one.first_segment, one.run_segment
        self._runs_size += 1
        return 0

    cdef int _into_bar(self, Values* the, int market) except -1:
        cdef Market* one = self._markets + market
        cdef i64 start = the.timestamp - the.timestamp % self._bar
        cdef Bar* bar
        cdef i128 volume = (the.quantity + 500000) // 1000000, amount_ = (the.volume + 500000) // 1000000
        cdef i64 moment = the.received + self._bar_ahead
        if one.bar < 0 or one.bar_start != start:
            one.bar = self._bar_slots.setdefault((one.number, start), self._bars_size)
            one.bar_start = start
            if one.bar == self._bars_size:
                if self._bars_size == self._bars_room:
                    self._bars = <Bar*>grown(self._bars, (2 * self._bars_room + 256) * sizeof(Bar))
                    self._bars_room = 2 * self._bars_room + 256
                bar = self._bars + self._bars_size
                memset(bar, 0, sizeof(Bar))
                bar.market, bar.start = one.number, start
                bar.first_id = bar.last_id = the.trade_id
                bar.opened = bar.high = bar.low = bar.closed = the.price
                self._bars_size += 1
        bar = self._bars + one.bar
        bar.trades += 1
        bar.volume = plus(bar.volume, volume)
        bar.amount = plus(bar.amount, amount_)
        if the.side == 0:
            bar.buys += 1
            bar.buy_volume = plus(bar.buy_volume, volume)
            bar.buy_amount = plus(bar.buy_amount, amount_)
        if the.trade_id < bar.first_id:
            bar.first_id, bar.opened = the.trade_id, the.price
        if the.trade_id > bar.last_id:
            bar.last_id, bar.closed = the.trade_id, the.price
        if the.price > bar.high:
            bar.high = the.price
        if the.price < bar.low:
            bar.low = the.price
        if the.timestamp < moment:
            moment = the.timestamp
        if moment > bar.newest:
            bar.newest = moment
        return 0

    cdef int _meet(self, int market, shard) except -1:
        """A record begins, or goes on, with lines of the market."""
        cdef Market* one = self._markets + market
        if one.number < 0:
            one.number = <int>len(self._met)
            self._met.append(market)
        cdef int slot = self._arrival_slots.setdefault((one.number, shard), self._arrived_size)
        if slot == self._arrived_size:
            if self._arrived_size == self._arrived_room:
                self._arrived = <Arrived*>grown(self._arrived, (2 * self._arrived_room + 64) * sizeof(Arrived))
                self._arrived_room = 2 * self._arrived_room + 64
            self._arrived[slot].time = (<i64>-1) << 62
            self._arrived[slot].delay = (<i64>1) << 62
            self._arrived_size += 1
        one.arrival = slot
        return 0

    cdef object _result(self, list spelled, list refused):
        cdef Py_ssize_t i
        cdef Columns rows = self._rows
        cdef Bar* bar
        fills = self._fills() if self._wants_fills else []
        runs = [(self._runs[i].market, self._runs[i].first, self._runs[i].last) for i in range(self._runs_size)]
        bars = []
        for i in range(self._bars_size):
            bar = self._bars + i
            bars.append((
                bar.market, bar.start, bar.trades, narrow(bar.volume), narrow(bar.amount),
                bar.buys, narrow(bar.buy_volume), narrow(bar.buy_amount),
                narrow(bar.opened), narrow(bar.high), narrow(bar.low), narrow(bar.closed),
                bar.first_id, bar.last_id, bar.newest,
            ))
        arrivals = [
            (market, shard, self._arrived[slot].time, self._arrived[slot].delay)
            for (market, shard), slot in self._arrival_slots.items()
        ]
        lines = [self._markets[<int>market].lines for market in self._met]
        names = [self._names[market] for market in self._met]
        marks = self._marks()
        self._rows = None
        return rows.columns, rows.size, names, lines, runs, bars, fills, arrivals, marks, spelled, refused

    cdef list _fills(self):
        """The rows that are worth a look, as tuples."""
        cdef Py_ssize_t i
        cdef Columns rows = self._rows
        cdef double rate
        cdef Market* one
        if self._runs_size <= self._most_holes:
            for i in range(self._runs_size):
                self._segments[self._runs[i].first_segment].is_chosen = True
                self._segments[self._runs[i].last_segment].is_chosen = True
        for market in self._met:
            one = self._markets + <int>market
            self._segments[one.lowest_segment].is_chosen = True
            self._segments[one.highest_segment].is_chosen = True
        for i in range(self._segments_size):
            rate = self._markets[self._segments[i].market].rate
            if self._segments[i].side < 0:
                self._segments[i].is_chosen = False  # who does not know what the taker did is shown no fill
            elif rate >= 0 and self._segments[i].amount * rate >= self._floor:
                self._segments[i].is_chosen = True
        found = []
        for i in range(rows.size):
            if self._segments[rows.segment[i]].is_chosen:
                found.append((
                    rows.market[i], rows.trade_id[i], rows.side[i], rows.timestamp[i],
                    narrow(rows.price[i]), narrow(rows.quantity[i]), narrow(rows.volume[i]),
                    rows.price_digits[i], rows.quantity_digits[i], rows.volume_digits[i],
                ))
        return found

    cdef list _marks(self):
        """Market, bucket and the marks of its trades, in their order."""
        cdef Py_ssize_t i, total = 0, slots = len(self._mark_slots)
        cdef Columns rows = self._rows
        cdef i64* ends
        cdef i64* sorted_marks
        place = bytearray((slots + 1) * 8)
        into = bytearray(rows.size * 8)
        ends = <i64*>PyByteArray_AS_STRING(place)
        sorted_marks = <i64*>PyByteArray_AS_STRING(into)
        for i in range(rows.size):
            ends[rows.marks_of[i] + 1] += 1
        for i in range(slots):
            ends[i + 1] += ends[i]
        bounds = [(ends[i], ends[i + 1]) for i in range(slots)]
        for i in range(rows.size):
            sorted_marks[ends[rows.marks_of[i]]] = rows.marks[i]
            ends[rows.marks_of[i]] += 1
        view = memoryview(into)
        return [
            (market, bucket, bytes(view[bounds[slot][0] * 8 : bounds[slot][1] * 8]))
            for (market, bucket), slot in self._mark_slots.items()
        ]


cdef struct Place:
    i64 trade_id
    i64 row

cdef int by_id(const void* one, const void* other) noexcept nogil:
    cdef Place* a = <Place*>one
    cdef Place* b = <Place*>other
    if a.trade_id != b.trade_id:
        return -1 if a.trade_id < b.trade_id else 1
    return -1 if a.row < b.row else (1 if a.row > b.row else 0)


def order(const unsigned char[::1] markets, const unsigned char[::1] trade_ids, Py_ssize_t size, list landed):
    """The rows by market and id, each id once (its first row) and none that landed, as 64-bit row numbers.

    `markets` (32 bits a row) are numbers into `landed`, which has for each market the first and last ids of its ranges, ascending, as a flat list.
    """
    cdef Py_ssize_t i, count = len(landed), begin, end, taken = 0
    cdef int* market = NULL
    cdef i64* trade_id = NULL
    if len(markets) < 4 * size or len(trade_ids) < 8 * size:
        raise ValueError("a column is shorter than its rows")
    if size:
        market = <int*>&markets[0]
        trade_id = <i64*>&trade_ids[0]
    rows = bytearray(8 * size)
    bounds = bytearray(8 * (count + 1))
    cdef i64* into = <i64*>PyByteArray_AS_STRING(rows)
    cdef i64* starts = <i64*>PyByteArray_AS_STRING(bounds)
    cdef Place* places = <Place*>malloc((size + 1) * sizeof(Place))
    if places == NULL:
        raise MemoryError
    cdef bint is_sorted
    cdef i64 last
    cdef Py_ssize_t next_range, ranges
    cdef list known
    cdef i64 range_first, range_last
    try:
        for i in range(size):
            if market[i] < 0 or market[i] >= count:
                raise ValueError("a row is of a market that is not there")
            starts[market[i] + 1] += 1
        for i in range(count):
            starts[i + 1] += starts[i]
        for i in range(size):
            places[starts[market[i]]].trade_id = trade_id[i]
            places[starts[market[i]]].row = i
            starts[market[i]] += 1
        begin = 0
        for m in range(count):
            end = starts[m]
            is_sorted = True
            for i in range(begin + 1, end):
                if places[i].trade_id < places[i - 1].trade_id:
                    is_sorted = False
                    break
            if not is_sorted:
                qsort(places + begin, end - begin, sizeof(Place), by_id)
            known = landed[m]
            next_range, ranges = 0, len(known)
            range_first = range_last = -1
            last = -1
            for i in range(begin, end):
                while range_last < places[i].trade_id and next_range < ranges:
                    range_first, range_last = known[next_range], known[next_range + 1]
                    next_range += 2
                if range_first <= places[i].trade_id <= range_last or (i > begin and places[i].trade_id == last):
                    last = places[i].trade_id
                    continue
                last = places[i].trade_id
                into[taken] = places[i].row
                taken += 1
            begin = end
    finally:
        free(places)
    return rows[: 8 * taken]


def event_ids(list heads, const unsigned char[::1] markets, const unsigned char[::1] trade_ids, Py_ssize_t size):
    """The head of each row's market and its id behind it, as Arrow keeps strings: 64-bit offsets and bytes."""
    cdef Py_ssize_t i, k, total = 0, longest = 0
    cdef int* market = NULL
    cdef i64* trade_id = NULL
    if len(markets) < 4 * size or len(trade_ids) < 8 * size:
        raise ValueError("a column is shorter than its rows")
    if size:
        market = <int*>&markets[0]
        trade_id = <i64*>&trade_ids[0]
    for head in heads:
        longest = max(longest, len(<bytes>head))
    offsets = bytearray(8 * (size + 1))
    data = bytearray(size * (longest + 19))
    cdef i64* ends = <i64*>PyByteArray_AS_STRING(offsets)
    cdef char* into = PyByteArray_AS_STRING(data)
    cdef char digits[20]
    cdef u64 value
    cdef bytes text_
    cdef const char* text_at = NULL
    cdef Py_ssize_t text_size = 0, count = len(heads)
    cdef int last = -1
    for i in range(size):
        if market[i] != last:
            if market[i] < 0 or market[i] >= count:
                raise ValueError("a row is of a market that is not there")
            last = market[i]
            text_ = heads[last]
            text_at, text_size = PyBytes_AS_STRING(text_), PyBytes_GET_SIZE(text_)
        memcpy(into + total, text_at, text_size)
        total += text_size
        value = <u64>trade_id[i]
        k = 20
        while True:
            k -= 1
            digits[k] = <char>(48 + value % 10)
            value = value // 10
            if value == 0:
                break
        memcpy(into + total, digits + k, 20 - k)
        total += 20 - k
        ends[i + 1] = total
    return offsets, data, total
