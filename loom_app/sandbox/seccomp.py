"""A system call filter for sandboxed commands: the doors in the kernel that namespaces leave open.

Left out are kernel keyrings, which are shared with whoever started Loom; sockets other than the usual four families
(VSOCK reaches the host of a virtual machine from any network namespace); typing into terminals; new namespaces and
mounts; the kernel log; memory that belongs to no process and so escapes its count; files that lend their owner's rights
(set-uid, set-gid), since their owner is Loom's user outside as well; and interfaces with a long record of kernel faults
that no build or test needs. The numbers are from the kernel's system call tables; the format is
struct sock_filter of linux/filter.h.
"""

import errno
import platform
import struct
from dataclasses import dataclass

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, (16, 24, 32, 40)
_X32 = 0x40000000
_NEW_NAMESPACES = 0x7E020000
_TYPE_INTO_TERMINAL = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX
_FAMILIES = (1, 2, 10, 16)  # UNIX, INET, INET6, NETLINK
_LENDS_RIGHTS = 0o6000  # S_ISUID, S_ISGID
_CREATES = 0x400040  # O_CREAT, O_TMPFILE: only then is there a mode

# Numbers that all architectures share: fsopen and its kin; clone3, io_uring, openat2, secret memory; fchmodat2.
_SHARED_REFUSED = (428, 429, 430, 431, 432, 433, 442)
_SHARED_ABSENT = (435, 425, 426, 427, 437, 447)
_SHARED_MODES = {452: 2}


@dataclass(frozen=True)
class _Machine:
    audit: int
    refused: tuple[int, ...]
    """mount, umount2, pivot_root, unshare, setns, add_key, request_key, keyctl, bpf, perf_event_open, syslog and
    userfaultfd"""
    memfd_create: int
    socket: int
    ioctl: int
    clone: int
    modes: dict[int, int]
    """Calls that set a file's mode (chmod, fchmod, fchmodat, mknod, mknodat, mkdir…) and which argument it is."""
    opens: dict[int, int]
    """Calls that may create a file, and which argument the flags are; the mode follows them."""


_MACHINES = {
    "x86_64": _Machine(
        0xC000003E,
        (165, 166, 155, 272, 308, 248, 249, 250, 321, 298, 103, 323),
        319,
        41,
        16,
        56,
        {90: 1, 91: 1, 268: 2, 85: 1, 133: 1, 259: 2},
        {2: 1, 257: 2},
    ),
    "aarch64": _Machine(
        0xC00000B7,
        (40, 39, 41, 97, 268, 217, 218, 219, 280, 241, 116, 282),
        279,
        198,
        29,
        220,
        {52: 1, 53: 2, 33: 2},
        {56: 2},
    ),
}


def program() -> bytes | None:
    """The filter for this machine, or None on a kind of machine it is not written for."""
    machine = _MACHINES.get(platform.machine())
    return _program(machine) if machine else None


def _program(machine: _Machine) -> bytes:
    steps = [
        _step(_LOAD, _ARCHITECTURE),
        _step(_EQUAL, machine.audit, 1, 0),
        _refuse(errno.ENOSYS),
        _step(_LOAD, _NUMBER),
        _step(_AT_LEAST, _X32, 0, 1),
        _refuse(errno.ENOSYS),
    ]
    for number in (*machine.refused, *_SHARED_REFUSED):
        steps += _when(number, [_refuse(errno.EPERM)])
    for number in (machine.memfd_create, *_SHARED_ABSENT):
        steps += _when(number, [_refuse(errno.ENOSYS)])
    steps += _when(
        machine.clone, [_step(_LOAD, _ARGUMENTS[0]), _step(_ANY_BIT, _NEW_NAMESPACES, 0, 1), _refuse(errno.EPERM)]
    )
    steps += _when(machine.ioctl, [_step(_LOAD, _ARGUMENTS[1]), *_any(_TYPE_INTO_TERMINAL, _refuse(errno.EPERM))])
    for number, argument in (machine.modes | _SHARED_MODES).items():
        steps += _when(number, _refuse_lending(argument))
    for number, argument in machine.opens.items():
        flags = _step(_LOAD, _ARGUMENTS[argument])
        steps += _when(number, [flags, _step(_ANY_BIT, _CREATES, 1, 0), _ALLOWED, *_refuse_lending(argument + 1)])
    families = [_step(_LOAD, _ARGUMENTS[0]), *_any(_FAMILIES, _ALLOWED), _refuse(errno.EAFNOSUPPORT)]
    steps += _when(machine.socket, families)
    return b"".join([*steps, _ALLOWED])


def _when(number: int, block: list[bytes]) -> list[bytes]:
    """The block runs for one system call and then lets it through, unless it has decided otherwise."""
    block = [*block, _ALLOWED]
    return [_step(_EQUAL, number, 0, len(block)), *block]


def _refuse_lending(argument: int) -> list[bytes]:
    return [_step(_LOAD, _ARGUMENTS[argument]), _step(_ANY_BIT, _LENDS_RIGHTS, 0, 1), _refuse(errno.EPERM)]


def _any(values: tuple[int, ...], answer: bytes) -> list[bytes]:
    return [step for value in values for step in (_step(_EQUAL, value, 0, 1), answer)]


def _refuse(reason: int) -> bytes:
    return _step(_RETURN, _REFUSE | reason)


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)


_ALLOWED = _step(_RETURN, _ALLOW)
