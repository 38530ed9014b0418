/* step.h - one shell step of a run, as the core sees it: the order, the start, what became of it.
 *
 * The process is `reeve-work step FOLDER` (worker/shim.h), the order its standard input:
 *   {"argv":["sh","-c","…"],"deadline_ms":N (0: none),"directory":"/abs",
 *    "environment":{"PATH":"…"},"file_bytes":N,"hidden":"/abs","id":"run-12-3-1",
 *    "memory_bytes":N,"network":bool,"open_files":N,"output_bytes":N,"processes":N,
 *    "secrets":["…"],"user":null or {"gid":N,"groups":[N],"name":"…","uid":N},"word":"…",
 *    "writes":["/abs"] (null: anywhere)}
 * It outlives the core. What it tells stands in FOLDER (0700, made by the core, one for each
 * start): claim   who may begin there: {"boot":"…","by":"shim|core","pid":N,"start_ticks":N} begun
 * before anything is executed: {"at_ms":N,"boot":"…","pid":N,"start_ticks":N} output  the first
 * half of output_bytes; tail.0 and tail.1 the newest, alternating exit
 * {"bytes":N,"code":N,"detail":"…","digest":"…","duration_ms":N,"left_behind":N,
 *            "lost":bool,"outcome":"…","remaining":N,"signal":N,"word":"…"}
 *
 * Promises: at most one process ever begins in a folder; a step without begun has certainly not
 * happened once step_claim is true; no call waits for more than a file; no signal reaches a process
 * that is not the step's; a secret's value stands in no file.
 * Refuses: deciding what a lost step means; starting twice. */
#ifndef WORKER_STEP_H
#define WORKER_STEP_H

#include "base/hash.h"
#include "base/instant.h"
#include "base/secret_value.h"
#include "os/spawn.h"
#include "worker/order_limits.h"

enum step_outcome {
    STEP_DONE,      /* ended with 0 */
    STEP_FAILED,    /* ended with another code */
    STEP_KILLED,    /* ended by a signal that is not ours */
    STEP_LATE,      /* met its deadline and was ended */
    STEP_CANCELLED, /* step_cancel; was ended */
    STEP_REFUSED,   /* nothing was executed: it certainly did not happen */
    STEP_OUTCOMES
};

enum step_state {
    STEP_NOT_BEGUN, /* nothing was executed so far; step_claim says whether that stays so */
    STEP_RUNNING,
    STEP_ENDED, /* exit is filled */
    STEP_LOST   /* begun, and whoever did it is gone without a word: it may have happened or not */
};

struct step_exit {
    enum step_outcome outcome;
    int code;            /* of the main process; -1 when it has none */
    int signal;          /* that ended the main process; 0: none */
    int64_t bytes;       /* of the whole output, as redacted */
    int64_t duration_ms; /* from the start of the main process, the machine's sleep included */
    int64_t left_behind; /* processes that the main process left and that were ended */
    int64_t remaining;   /* processes that could not be ended, not even by SIGKILL */
    bool lost;           /* part of the output could not be written, or read to its end */
    struct hash digest;  /* SHA-256 of the whole output, as redacted */
    struct str detail;   /* one sentence for people */
    struct str word;     /* of the order: who did not have it cannot have written this */
};

struct step_sight {
    enum step_state state;
    pid_t pid;               /* of the shim; from begun on */
    struct instant begun_at; /* from begun on, zero before */
    bool runs;               /* the shim: from begun until it is gone, also when exit is there */
    bool stopped;            /* the shim, by SIGSTOP: nobody keeps the deadline */
    struct step_exit exit;   /* STEP_ENDED */
};

struct step_variable {
    struct str name, value; /* a value may be a revealed secret: it reaches the order only */
};

/* What the command may not do (os/wall.h, docs/decisions/0031-walls-around-steps.md). */
struct step_walls {
    struct str hidden;        /* a folder that it is to reach nothing in, where the kernel and the
                                 places of things let it be so; "": none */
    bool no_network;          /* no socket but those of this machine's files */
    bool few_writes;          /* it writes below these paths only, perhaps none */
    const struct str *writes; /* absolute, and there */
    size_t write_count;
    int64_t memory_bytes, file_bytes; /* of each process, of each file; 0: no limit of ours */
    int64_t processes, open_files;    /* of the user, of each process; 0: no limit of ours */
};

struct step_order {
    struct str id;        /* for people who look at processes; at most 200 bytes */
    struct str directory; /* absolute */
    const struct str *argv;
    size_t argv_count; /* at least 1 */
    const struct step_variable *environment;
    size_t environment_count;
    const struct secret_value *secrets; /* values that must not appear in the output: 4 bytes and
                                           more each (run/redact.h) */
    size_t secret_count;
    int64_t deadline_ms;  /* 0: none */
    int64_t output_bytes; /* STEP_OUTPUT_BYTES_MIN to STEP_OUTPUT_BYTES_MAX */
    struct step_walls walls;
    const struct user *user; /* who the command becomes, which only root's shim can; NULL: it stays
                                who the shim is */
    struct str word; /* by which the end is known to be the shim's; at most STEP_WORD_BYTES_MAX. The
                        step cannot have it before the shim has ended it */
};

const char *step_outcome_name(enum step_outcome outcome);
MUST_USE bool step_outcome_find(struct str name, enum step_outcome *out_outcome);

/* The order as JSON, in one piece of arena's memory that step_start wipes (wipe it with
 * step_wipe_order when it is not started). ERR_REFUSED when it is longer than WORK_ORDER_BYTES or
 * breaks a bound above; what the shim would refuse is refused here with the same sentence. */
MUST_USE bool step_write_order(struct arena *arena, const struct step_order *order,
                               struct str *out_order, struct err *err);
void step_wipe_order(struct str order);
/* Starts program (reeve-work) for folder, which must exist. The order is wiped in any case. False
 * when nothing was started (ERR_SELF). The caller reaps: when out_spawned->pidfd is readable,
 * spawn_wait and then step_look. */
MUST_USE bool step_start(const char *program, struct str folder, struct str order,
                         struct spawned *out_spawned, struct err *err);

/* What became of the step. boot_id is clock_boot_id's. Texts are in arena. */
struct step_sight step_look(struct arena *arena, struct str folder, struct str boot_id);
/* For a core that finds no sign of a start, and for a shim that is gone without begun: true when
 * nothing was executed in folder and nothing ever will be, so that the step may be started again in
 * a new folder. False when a shim has begun or may still begin (look again), or when the claim
 * cannot be written (err says so; else err->kind is ERR_NONE). */
MUST_USE bool step_claim(struct str folder, struct str boot_id, struct err *err);
/* Asks the shim to end the step: SIGTERM, 5 s, SIGKILL, outcome cancelled. False when there is no
 * such process any more, or none yet: look again. Asking twice changes nothing. */
MUST_USE bool step_cancel(struct str folder, struct str boot_id, struct err *err);

/* Lets a shim that was stopped go on. */
void step_wake(struct str folder, struct str boot_id);
/* Ends, by SIGKILL, what runs of the command beside its shim, whatever it has become a child or a
 * session of, and returns how much that is: ask again until it is 0. */
size_t step_end_left(struct str folder);

/* What was kept of the output: head, then gap_bytes that are not there, then tail. */
struct step_output {
    struct str head;
    int64_t gap_bytes;
    struct str tail;
    int64_t bytes; /* of the whole output so far: head.n + gap_bytes + tail.n */
};
/* At most max_bytes, half of them from each end; also while the step runs. False only when a file
 * that is there cannot be read. Bytes are as the step wrote them: perhaps no text. */
MUST_USE bool step_read_output(struct arena *arena, struct str folder, size_t max_bytes,
                               struct step_output *out_output, struct err *err);
/* To follow: what was kept from byte from of the whole output on, at most max_bytes. gap_bytes are
 * missing before head, tail is empty, bytes is where to go on. */
MUST_USE bool step_follow_output(struct arena *arena, struct str folder, int64_t from,
                                 size_t max_bytes, struct step_output *out_output);

#endif
