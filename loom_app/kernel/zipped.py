"""Files packed while they are sent."""

import zlib
from collections.abc import AsyncIterator

GZIP = 31
"""zlib's number for a gzip file."""


async def zipped(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same as a gzip file."""
    packing = zlib.compressobj(wbits=GZIP)
    async for piece in pieces:
        if packed := packing.compress(piece):
            yield packed
    yield packing.flush()
