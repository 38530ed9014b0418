/* backup.h - what pgBackRest says of a stanza, which WAL its repository holds, what the server says
 * of its archiving, and whether all that is enough.
 *
 * Shapes: the answer of `pgbackrest info --output=json` (2.3x and later), the names that
 * `repo-ls --recurse archive/STANZA/ID` lists, and columns of pg_stat_archiver.
 * Promises: what is not known is unknown, never well; a repository that is away is told from one
 * that is empty only as far as pgBackRest tells it, which says "missing stanza path" of both.
 * Refuses: believing that a backup can be restored because it is there. */
#ifndef BACKUP_BACKUP_H
#define BACKUP_BACKUP_H

#include "base/instant.h"
#include "base/json.h"

enum {
    WAL_NAME_BYTES = 24,
    BACKUP_MOST = 4000,
    BACKUP_REPOS_MAX = 16,
    BACKUP_ARCHIVES_MAX = 64,
    BACKUP_CHECKS_MAX = 64
};

struct backup {
    struct str label, type;         /* "20261201-024138F", "full", "diff", "incr" */
    struct str first_wal, last_wal; /* what it needs at least to be consistent */
    struct instant begun, ended;
    int64_t bytes, stored_bytes; /* of the database, and of this backup in the repository */
    int64_t repo, database;      /* keys */
    bool broken;                 /* pages whose checksum is wrong were found */
};

struct backup_repo {
    int64_t key;
    int64_t code; /* 0: well */
    struct str message, cipher;
};

/* WAL of one version of the cluster in one repository. */
struct backup_archive {
    int64_t repo, database;
    struct str id;          /* "15-1" */
    struct str first, last; /* "" when there is none */
};

struct backup_info {
    struct str stanza;
    struct backup_repo repos[BACKUP_REPOS_MAX];
    size_t repo_count;
    struct backup *items; /* oldest first, of all repositories */
    size_t count;
    struct backup_archive archives[BACKUP_ARCHIVES_MAX];
    size_t archive_count;
    int64_t database;              /* key of the newest version of the cluster */
    struct str system_id, version; /* of it; "" when no repository knows one */
    bool is_running;               /* a backup is being made */
};

/* Strings point into json or arena. Errors are ERR_OUTSIDE: what pgBackRest answered is not what
 * it is documented to answer. */
MUST_USE bool backup_read_info(struct arena *arena, struct str json, struct str stanza,
                               struct backup_info *out_info, struct err *err);

/* One file of WAL: its timeline, and its number since the beginning of the cluster. */
struct wal_segment {
    uint32_t timeline;
    uint64_t number;
};

/* Sorted by number, then timeline. */
struct wal_list {
    struct wal_segment *items;
    size_t count;
    int64_t segment_bytes;
};

/* Segment of a name of 24 hexadecimal digits; segment_bytes: a power of two. */
MUST_USE bool wal_parse(struct str name, int64_t segment_bytes, struct wal_segment *out_segment);
struct str wal_name(struct arena *arena, struct wal_segment segment, int64_t segment_bytes);
/* names: paths, a line each; what is no segment (histories, labels, folders) is passed over. */
struct wal_list wal_read(struct arena *arena, struct str names, int64_t segment_bytes);
/* How far one can be replayed that begins with from: the last segment before the first that is
 * missing, over timelines; false when from itself is missing. *out_gap is the first that is
 * missing although later ones are there; number 0: none is. */
MUST_USE bool wal_follow(const struct wal_list *list, struct wal_segment from,
                         struct wal_segment *out_last, struct wal_segment *out_gap);

/* What the server says. */
struct backup_server {
    struct str problem; /* why it was not asked or did not answer; "" when it did */
    bool standby, archiving;
    struct str last_archived, last_failed; /* WAL names, "" none */
    struct instant archived_at, failed_at; /* zero: none */
    int64_t unarchived_bytes;              /* written and in no finished archive; -1 unknown */
    int64_t waiting;                       /* segments ready to be archived; -1 unknown */
    int64_t segment_bytes;                 /* 0 unknown */
    struct str system_id;                  /* "" unknown */
};

struct backup_limits {
    int64_t newest_ms; /* how old the newest backup may be */
    int64_t wal_ms;    /* how long what was written may be on the server alone */
    bool encrypted;    /* whether repositories have to be */
};

enum backup_verdict { BACKUP_WELL, BACKUP_BAD, BACKUP_UNKNOWN };

struct backup_check {
    const char *
        name; /* "repository", "newest", "checksums", "encryption", "cluster", "archiving", "gap" */
    enum backup_verdict verdict;
    struct str sentence;
};

/* The WAL of the archive `of` (its repository and cluster); read false: why not is in problem. */
struct backup_wal {
    const struct backup_archive *of;
    bool read;
    struct str problem;
    struct wal_list list;
};

struct backup_matter {
    const struct backup_info *info;
    const struct backup_server *server;
    const struct backup_wal *wals;
    size_t wal_count;
    struct backup_limits limits;
    struct instant now;
};

struct backup_judgement {
    struct backup_check checks[BACKUP_CHECKS_MAX];
    size_t count;
    size_t bad, unknown;
    const struct backup *newest; /* that is whole; NULL: there is none */
    bool has_window;             /* some moment can be restored, as far as names tell */
    struct instant
        window_begin; /* end of the oldest backup from which there is no gap until the end */
};

void backup_judge(struct arena *arena, const struct backup_matter *matter,
                  struct backup_judgement *out_judgement);

/* The answer of the worker, and the same as people read it. */
void backup_write(struct json_writer *w, const struct backup_matter *matter,
                  const struct backup_judgement *judgement);
void backup_report(struct text *out, const struct json *output);
/* The same as one line without its end: how many checks are well, until when can be restored, and
 * the first that is not well. */
void backup_report_line(struct text *out, const struct json *output);
/* The same in the form of postgres.query's output: a row for each check. */
void backup_report_table(struct json_writer *w, const struct json *output);

#endif
