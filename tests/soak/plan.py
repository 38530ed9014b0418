# plan.py - which calls of which program fail, and when: bursts in turn, and what happens outside Reeve.
#
# Promises: each kind comes equally often in each quarter of the time, so that quarters can be compared; how often each
# struck is counted by faults.c in the programs. The keeper is left alone: it has no file and no network that could
# fail.
import errno
import mmap
import os
import struct

CORE, COLLECTOR, KEEPER, WORKER = 1, 2, 4, 8
NAMES = {CORE: "core", COLLECTOR: "collector", KEEPER: "keeper", WORKER: "workers"}
WRITES = "posix/io/rw/write posix/io/rw/pwrite"  # of files: libevent uses writev and readv
SHORT = "posix/io/rw/write/reduce posix/io/rw/pwrite/reduce posix/io/rw/writev/reduce posix/io/rw/read/reduce"
READS = "posix/io/rw/read posix/io/rw/pread"
OPENS = "posix/io/oc/open posix/io/oc/openat"
SYNCS = "posix/io/sync/fsync posix/io/sync/fdatasync"
TALK = "posix/io/net/recv posix/io/net/send posix/io/net/sendmsg posix/io/rw/readv posix/io/rw/writev"
MEET = "posix/io/net/connect posix/io/net/socket posix/io/net/accept"
MEMORY = "libc/mm/malloc libc/mm/calloc libc/mm/realloc"


class Kind:
    """One kind of failure in the programs of one role."""

    def __init__(self, roles, name, points, error, share):
        self.roles, self.name, self.points, self.error, self.share = roles, name, points, error, share
        self.title = f"{NAMES[roles]}: {name}"
        assert len(points) < 102


KINDS = [
    Kind(CORE, "no room for writes", WRITES, errno.ENOSPC, 0.05),
    Kind(COLLECTOR, "no room for writes", WRITES, errno.ENOSPC, 0.05),
    Kind(WORKER, "writes fail", WRITES, errno.EIO, 0.2),
    Kind(CORE, "fsync fails", SYNCS, errno.EIO, 0.3),
    Kind(COLLECTOR, "fsync fails", SYNCS, errno.EIO, 0.3),
    Kind(WORKER, "connections fail", MEET, errno.ECONNREFUSED, 0.3),
    Kind(CORE, "short reads and writes", SHORT, 0, 0.3),
    Kind(COLLECTOR, "short reads and writes", SHORT, 0, 0.3),
    Kind(WORKER, "reads fail", READS, errno.EIO, 0.3),
    Kind(CORE, "no descriptor left", OPENS + " " + MEET.split()[1] + " " + MEET.split()[2], errno.EMFILE, 0.2),
    Kind(COLLECTOR, "no descriptor left", OPENS + " " + MEET.split()[1] + " " + MEET.split()[2], errno.EMFILE, 0.2),
    Kind(WORKER, "talk breaks off", TALK, errno.ECONNRESET, 0.2),
    Kind(CORE, "reads fail", READS, errno.EIO, 0.1),
    Kind(COLLECTOR, "reads fail", READS, errno.EIO, 0.02),
    Kind(WORKER, "short reads and writes", SHORT, 0, 0.5),
    Kind(CORE, "talk breaks off", TALK, errno.ECONNRESET, 0.1),
    Kind(COLLECTOR, "talk breaks off", TALK, errno.ECONNRESET, 0.02),
    Kind(COLLECTOR, "connections fail", MEET, errno.ETIMEDOUT, 0.4),
    Kind(WORKER, "no descriptor left", OPENS + " " + MEET.split()[1], errno.EMFILE, 0.3),
]
# A program that gets no memory ends (base/arena.c) and is started again: with the kills, only in the first half.
DEADLY = [
    Kind(CORE, "no memory", MEMORY, errno.ENOMEM, 0.0002),
    Kind(COLLECTOR, "no memory", MEMORY, errno.ENOMEM, 0.0002),
    Kind(WORKER, "no memory", MEMORY, errno.ENOMEM, 0.02),
]
ALL = KINDS + DEADLY
# In the short form, where workers run too seldom to be hit.
BRIEF = [kind for kind in ALL if kind.roles != WORKER and "reads" not in kind.name] + [
    kind for kind in KINDS if kind.name in ("reads fail", "short reads and writes")]


class Plan:
    """The file that faults.c maps; see struct plan there."""
    HEAD = "<IiII"

    def __init__(self, path):
        with open(path, "wb") as file:
            file.write(bytes(4096))
        os.chmod(path, 0o666)
        with open(path, "r+b") as file:
            self.bytes = mmap.mmap(file.fileno(), 4096)

    def begin(self, kind):
        self.end()
        share = min(2**32 - 1, int(kind.share * 2**32))
        struct.pack_into("<iII", self.bytes, 4, kind.error, share, ALL.index(kind))
        self.bytes[32:136] = f" {kind.points} ".encode().ljust(104, b"\0")
        struct.pack_into("<I", self.bytes, 0, kind.roles)

    def end(self):
        struct.pack_into("<I", self.bytes, 0, 0)

    def begun(self):
        """How many processes of each role had the plan in them."""
        return dict(zip(NAMES.values(), struct.unpack_from("<4I", self.bytes, 16)))

    def struck(self, kind):
        return struct.unpack_from("<Q", self.bytes, 136 + 8 * ALL.index(kind))[0]
