/* shim_internal.h - the parts of the shim: its order, the output, the processes. */
#ifndef WORKER_SHIM_INTERNAL_H
#define WORKER_SHIM_INTERNAL_H

#include "os/user.h"
#include "os/wall.h"
#include "run/redact.h"
#include "worker/step_folder.h"

#include <nettle/sha2.h>

/* shim_order.c */
struct shim_order {
    struct str input;
    struct json *root;
    const char **argv;        /* ends with NULL */
    const char **environment; /* "NAME=value", ends with NULL */
    const char *directory;
    struct str id;
    char word[STEP_WORD_BYTES_MAX + 1]; /* kept when the rest is wiped */
    struct str *secrets;
    size_t secret_count;
    int64_t deadline_ms, output_bytes;
    struct wall_order walls;
    struct user *user; /* NULL: whoever the shim is */
};
/* Reads standard input to its end and puts /dev/null in its place. False with the sentence for the
 * result when it is no order; what was read is in *out_order to be wiped all the same. */
MUST_USE bool shim_order_read(struct arena *arena, struct shim_order *out_order, struct err *err);
/* Overwrites every text of the order, after its last use. */
void shim_order_wipe(struct shim_order *order);

/* shim_output.c: what the step puts out, through the redactor to the digest and the files. */
struct shim_tail {
    int fd; /* -1: none, or it failed */
    int which;
    int64_t used; /* bytes it has room for no more, its head among them */
};
struct shim_output {
    struct arena *arena;
    struct str folder;
    struct redact *redact;
    struct sha256_ctx digest;
    int64_t bytes; /* that went to the digest and the files */
    int64_t head_room, tail_most;
    int head_fd; /* -1: full, or it failed */
    struct shim_tail tail;
    int lost_reason; /* errno of the first write that failed; 0: none */
    char *buffer;
    size_t buffered;
};
MUST_USE bool shim_output_open(struct shim_output *output, struct arena *arena, struct str folder,
                               const struct shim_order *order, struct err *err);
void shim_output_write(struct shim_output *output, struct str data);
/* The stream has ended; everything is on the disk. */
void shim_output_close(struct shim_output *output, struct hash *out_digest);
/* Gives the newest output's room back to the disk. */
void shim_output_drop_tails(struct shim_output *output);

/* shim_tree.c: the processes of the step. */
struct shim_tree {
    struct arena arena; /* of one look */
    pid_t main_pid;
    bool main_ended, none_left;
    int status; /* of the main process, as wait has it */
};
/* Takes the codes of those that have ended. */
void shim_tree_reap(struct shim_tree *tree);
/* Sends a signal to all that run, each once; returns how many there are beside the main process. */
size_t shim_tree_signal(struct shim_tree *tree, int signal_number);

#endif
