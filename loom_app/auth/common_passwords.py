"""Passwords that are tried first by whoever guesses. Only those long enough to pass the rule on length."""

from functools import cache

_ALSO = """
01234567 012345678 0123456789 0987654321 12121212 123123123 12341234 159357159 69696969 87654321 987654321 9876543210
aa12345678 abcdefgh abcdefghi admin1234 admin12345 adminadmin administrator alexander asdasdasd basketball benjamin
caroline changeme123 chocolate christian danielle december elizabeth fernando guest1234 hellohello isabella jennifer
jonathan kimberly letmein123 lovelove michelle mitchell nicholas november p@55w0rd p@ssword pa$$word password1!
password123! password12345 passwordpassword patricia qwerqwer root1234 rootroot september stephanie steven123
system123 test12345 testtest valentine veronica victoria virginia windows10 yellow123 zaq1zaq1
"""
"""What the list of zxcvbn leaves to its other rules: names, rows, repetitions."""


@cache
def common_passwords(shortest: int) -> frozenset[str]:
    """Those of at least `shortest` characters, in small letters; loaded at the first call."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    listed = (*FREQUENCY_LISTS["passwords"], *_ALSO.split())
    return frozenset(word.casefold() for word in listed if len(word) >= shortest)
