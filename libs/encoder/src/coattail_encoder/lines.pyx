# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Lines of trades, put together from ready parts, and times. `lines.pyi` has the types and says what is promised.

Only the usual case is here: amounts of at most 18 digits, numbers that are not negative, a product that needs no rounding to be
told. Everything else, and everything that is to be refused, is left to the caller's own code, which also says what a line looks like:
the parts are cut from a line that it has made. So there is nothing to keep in step but the order of the fields, and a test
holds the two against each other.

No memory is written but two arrays on the stack, whose sizes follow from the bounds below.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.string cimport memcpy, memset

cdef extern from *:
    """
    typedef unsigned __int128 coattail_uint128;
    """
    ctypedef unsigned long long uint128 "coattail_uint128"  # the C compiler knows its true size

cdef extern from "Python.h":
    long long PyLong_AsLongLongAndOverflow(object value, int* overflow) except? -1
    bint PyUnicode_IS_ASCII(object text)
    const unsigned char* PyUnicode_1BYTE_DATA(object text)
    Py_ssize_t PyUnicode_GET_LENGTH(object text)

ctypedef unsigned long long uint64

cdef enum:
    NO_PAIR = -1_000_000
    SECONDS_BYTES = 19  # 1970-01-01T00:00:00
    MICROS_BYTES = 26  # 1970-01-01T00:00:00.000000
    PARTS = 8
    MOST_PARTS_BYTES = 768
    MOST_DIGITS = 18  # of an amount: the product of two has at most 36, and fits 128 bits
    MOST_SCALE = 18
    MOST_WHOLE_DIGITS = 20
    MOST_NUMBER_BYTES = 20  # of 64 bits
    PRODUCT_BYTES = 40
    # the parts, four numbers of 64 bits (the id twice), two amounts with a point, their product with a point and a zero before it
    ROOM = MOST_PARTS_BYTES + 4 * MOST_NUMBER_BYTES + 2 * (MOST_DIGITS + 1) + PRODUCT_BYTES + 2

cdef uint64 TEN_TO_18 = 1_000_000_000_000_000_000
cdef uint64 LARGEST = 0xFFFF_FFFF_FFFF_FFFF
cdef long long MICROS = 1_000_000

cdef char PAIRS[200]  # 00 01 02 … 99

for _pair in range(100):
    PAIRS[2 * _pair] = c"0" + _pair // 10
    PAIRS[2 * _pair + 1] = c"0" + _pair % 10


cdef struct Text:
    const char* bytes
    Py_ssize_t size


cdef struct Amount:
    Text text
    uint64 units  # its digits as a number, without the zeros at their end
    int zeros  # how many those are
    int scale  # how many of all digits stand after the point


cdef class LineEncoder:
    """See `lines.pyi`."""

    cdef object make, market, sell, buy, origin, otherwise
    cdef long long earliest, latest
    cdef tuple kept  # owns what the arrays point to
    cdef Text sold[PARTS]
    cdef Text bought[PARTS]

    def __init__(self, make, market, origin, *, sell, buy, long long earliest, long long latest, otherwise):
        self.make, self.market, self.origin, self.otherwise = make, market, origin, otherwise
        self.sell, sold = sell
        self.buy, bought = buy
        self.earliest, self.latest = earliest, latest
        self.kept = (tuple(sold), tuple(bought))
        _keep(self.kept[0], self.sold)
        _keep(self.kept[1], self.bought)

    def trade(self, trade_id, price, quantity, side, timestamp, received_at):
        """See `lines.pyi`."""
        cdef Amount paid, traded
        cdef char line[ROOM]
        cdef Py_ssize_t size
        cdef long long number, at, came
        if type(price) is str and type(quantity) is str and (side is self.sell or side is self.buy):
            if _number(trade_id, &number) and _number(timestamp, &at) and _number(received_at, &came):
                if self.earliest <= at < self.latest and _amount(price, &paid) and _amount(quantity, &traded):
                    if side is self.sell:
                        size = _write(line, self.sold, number, &paid, &traded, at, came)
                    else:
                        size = _write(line, self.bought, number, &paid, &traded, at, came)
                    if size > 0:
                        encoded = PyBytes_FromStringAndSize(line, size)
                        return self.make(self.market, trade_id, timestamp, received_at, self.origin, encoded)
        return self.otherwise(trade_id, price, quantity, side, timestamp, received_at)


cdef class TimeReader:
    """See `lines.pyi`."""

    cdef object otherwise

    def __init__(self, otherwise):
        self.otherwise = otherwise

    def micros(self, text):
        """See `lines.pyi`."""
        cdef long long at
        if type(text) is str and _time(text, &at):
            return at
        return self.otherwise(text)


cdef bint _time(str text, long long* into) noexcept:
    """Whether it is `YYYY-MM-DDThh:mm:ss[.f…]Z` and there is such a time. Of the fraction, six digits count."""
    cdef Py_ssize_t size = PyUnicode_GET_LENGTH(text), at
    cdef const char* digits
    cdef int year, month, day, hour, minute, second
    cdef long long micros = 0
    cdef unsigned char digit
    if size < SECONDS_BYTES + 1 or not PyUnicode_IS_ASCII(text):
        return False
    digits = <const char*>PyUnicode_1BYTE_DATA(text)
    if digits[4] != c"-" or digits[7] != c"-" or digits[10] != c"T" or digits[13] != c":" or digits[16] != c":":
        return False
    if digits[size - 1] != c"Z":
        return False
    # What is no pair of digits is so far below zero that it is out of bounds, whatever it is added to.
    year, month, day = 100 * _pair_at(digits) + _pair_at(digits + 2), _pair_at(digits + 5), _pair_at(digits + 8)
    hour, minute, second = _pair_at(digits + 11), _pair_at(digits + 14), _pair_at(digits + 17)
    if not (year >= 1 and 1 <= month <= 12 and 1 <= day <= _days_of(year, month)):
        return False
    if not (0 <= hour < 24 and 0 <= minute < 60 and 0 <= second < 60):
        return False
    if size > SECONDS_BYTES + 1:
        if digits[SECONDS_BYTES] != c"." or size == SECONDS_BYTES + 2:
            return False
        for at in range(SECONDS_BYTES + 1, size - 1):
            digit = <unsigned char>(digits[at] - c"0")
            if digit > 9:
                return False
            if at < MICROS_BYTES:
                micros = 10 * micros + digit
        for at in range(size - 1, MICROS_BYTES):
            micros *= 10
    into[0] = ((_days(year, month, day) * 24 + hour) * 3600 + minute * 60 + second) * MICROS + micros
    return True


cdef inline int _pair_at(const char* digits) noexcept:
    """The number of two digits; `NO_PAIR` where they are none."""
    cdef unsigned char tens = <unsigned char>(digits[0] - c"0"), ones = <unsigned char>(digits[1] - c"0")
    return 10 * tens + ones if tens <= 9 and ones <= 9 else NO_PAIR


cdef inline int _days_of(int year, int month) noexcept:
    """How many days a month has."""
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


cdef long long _days(long long year, long long month, long long day) noexcept:
    """Days since 1970-01-01 of a day of the Gregorian calendar. Its years begin in March here: the leap day is the last."""
    if month <= 2:
        year -= 1
        month += 12
    return 365 * year + year // 4 - year // 100 + year // 400 + (153 * (month - 3) + 2) // 5 + day - 719469


cdef int _keep(tuple parts, Text* into) except -1:
    cdef Py_ssize_t together = 0
    if len(parts) != PARTS:
        raise ValueError(f"a line has {PARTS} parts around its fields, not {len(parts)}")
    for at in range(PARTS):
        part = <bytes?>parts[at]
        into[at].bytes, into[at].size = PyBytes_AS_STRING(part), PyBytes_GET_SIZE(part)
        together += into[at].size
    if together > MOST_PARTS_BYTES:
        raise ValueError(f"the parts of a line have {together} bytes, more than {MOST_PARTS_BYTES}")
    return 0


cdef bint _number(value, long long* into) except -1:
    """Whether it is a number that is not negative and has at most 63 bits."""
    cdef int overflow = 0
    if type(value) is not int:
        return False
    into[0] = PyLong_AsLongLongAndOverflow(value, &overflow)
    return not overflow and into[0] >= 0


cdef bint _amount(str text, Amount* into) noexcept:
    """Whether it is plain digits above zero, with one point among them at most, and not too many."""
    cdef Py_ssize_t size = PyUnicode_GET_LENGTH(text), end = size, at, point = -1
    cdef const char* digits
    cdef uint64 units = 0
    cdef unsigned char digit
    if size > MOST_DIGITS + 1 or not PyUnicode_IS_ASCII(text):
        return False
    digits = <const char*>PyUnicode_1BYTE_DATA(text)
    while end > 0 and digits[end - 1] == c"0":
        end -= 1
    for at in range(end):
        digit = <unsigned char>(digits[at] - c"0")
        if digit <= 9:
            units = units * 10 + digit
        elif digits[at] == c"." and point < 0 and 0 < at < size - 1:
            point = at
        else:
            return False
    if units == 0 or (point < 0 and size > MOST_DIGITS):
        return False
    into.text.bytes, into.text.size = digits, size
    into.units, into.zeros, into.scale = units, <int>(size - end), 0 if point < 0 else <int>(size - point - 1)
    return True


cdef Py_ssize_t _write(
    char* line, const Text* parts, uint64 trade_id, const Amount* price, const Amount* quantity, uint64 timestamp, uint64 received_at
) noexcept:
    """Write the line. Returns its size, 0 when the product does not fit."""
    cdef char* at = _put(line, parts[0].bytes, parts[0].size)
    cdef char* numbered = at
    cdef char* after
    at = _put_number(at, trade_id)
    after = at
    at = _put(at, parts[1].bytes, parts[1].size)
    at = _put(at, numbered, after - numbered)
    at = _put(at, parts[2].bytes, parts[2].size)
    at = _put(at, price.text.bytes, price.text.size)
    at = _put(at, parts[3].bytes, parts[3].size)
    at = _put(at, quantity.text.bytes, quantity.text.size)
    at = _put(at, parts[4].bytes, parts[4].size)
    after = _put_product(at, price, quantity)
    if after == at:
        return 0
    at = _put(after, parts[5].bytes, parts[5].size)
    at = _put_number(at, timestamp)
    at = _put(at, parts[6].bytes, parts[6].size)
    at = _put_number(at, received_at)
    at = _put(at, parts[7].bytes, parts[7].size)
    return at - line


cdef char* _put_product(char* at, const Amount* price, const Amount* quantity) noexcept:
    """Write the exact product with as many digits after the point as the two have together. Nothing when it does not fit."""
    cdef uint128 product = <uint128>price.units * quantity.units
    cdef uint128 upper
    cdef int scale = price.scale + quantity.scale
    cdef char digits[PRODUCT_BYTES]
    cdef char* end = digits + PRODUCT_BYTES
    cdef char* last = end - price.zeros - quantity.zeros
    cdef char* begin
    memset(digits, c"0", PRODUCT_BYTES)
    if product > LARGEST:
        upper = product // TEN_TO_18
        _digits(last, <uint64>(product - upper * TEN_TO_18))
        begin = _digits(last - 18, <uint64>upper)
    else:
        begin = _digits(last, <uint64>product)
    if end - begin <= scale:  # a zero before the point
        begin = end - scale - 1
    if scale > MOST_SCALE or end - begin - scale > MOST_WHOLE_DIGITS:
        return at
    at = _put(at, begin, end - begin - scale)
    if scale:
        at[0] = c"."
        at = _put(at + 1, end - scale, scale)
    return at


cdef inline char* _put(char* at, const char* text, Py_ssize_t size) noexcept:
    memcpy(at, text, size)
    return at + size


cdef inline char* _put_number(char* at, uint64 value) noexcept:
    cdef char digits[MOST_NUMBER_BYTES]
    cdef char* begin = _digits(digits + MOST_NUMBER_BYTES, value)
    return _put(at, begin, digits + MOST_NUMBER_BYTES - begin)


cdef inline char* _digits(char* end, uint64 value) noexcept:
    """Write the digits of a number before `end`. Returns where they begin."""
    cdef uint64 hundreds
    while value >= 100:
        hundreds = value // 100
        end -= 2
        memcpy(end, PAIRS + 2 * (value - hundreds * 100), 2)
        value = hundreds
    if value >= 10:
        end -= 2
        memcpy(end, PAIRS + 2 * value, 2)
        return end
    end -= 1
    end[0] = <char>(c"0" + value)
    return end
