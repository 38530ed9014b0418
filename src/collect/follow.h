/* follow.h - a file that grows, read line by line through rotation, truncation and restarts.
 *
 * A file is known by the beginning of its content, not by its name: one that was renamed or copied
 * away is found in the folder, under a name that begins with the file's, and read to its end first.
 * So are files that came and went between two looks (rotated.h), in order.
 * Promises: every line is given once; a place that was saved is gone on from exactly there. A file
 * never seen before is read from its end; one that appears later, from its beginning.
 * Lost, because nobody can have it: what is written between copy and truncation, and what was
 * compressed or removed while nobody looked; the latter is said.
 * Refuses: what is no regular file. */
#ifndef COLLECT_FOLLOW_H
#define COLLECT_FOLLOW_H

#include "collect/rotated.h"
#include "telemetry/log_lines.h"

enum {
    FOLLOW_TAILS = 3,         /* the file itself, the last, and former ones that may still grow */
    FOLLOW_HEAD_BYTES = 256,  /* of content that a file is known by */
    FOLLOW_FORMER_MS = 10000, /* a former one that does not grow for this long is done */
    FOLLOW_GONE_MS = 10000 /* a rotation takes less: no file under the path, nothing more written */
};

/* A file that is open: the one under the path, or one that was there before. */
struct follow_tail {
    int fd;         /* -1: none */
    int64_t offset; /* read so far */
    char head[FOLLOW_HEAD_BYTES];
    size_t head_bytes; /* known of the beginning; at most offset */
    int64_t grew_ms;   /* when it last grew */
    int64_t before;    /* so much was there when following went on: written meanwhile */
    struct log_lines lines;
};

struct follow {
    struct str path; /* NUL behind it */
    struct str folder, name;
    struct follow_tail tails[FOLLOW_TAILS]; /* the last: under the path now */
    struct rotated between; /* rotated unseen: to be read before the one under the path */
    size_t between_next;    /* of them */
    bool between_before;    /* they were written before following went on */
    bool known;        /* the file was seen or looked for: a new one is read from its beginning */
    bool resumes;      /* a position was restored, and nothing read since */
    bool proven;       /* the file is the one that was left, and was only appended to since */
    bool is_before;    /* the line that is given was written before following went on */
    int64_t gone_ms;   /* since when nothing is under the path of a file that was; 0: it is there */
    char problem[256]; /* why nothing comes; "" when all is well */
    char note[320];    /* what was lost; "" when nothing */
    char *buffer;      /* FOLLOW_READ_BYTES */
};

enum { FOLLOW_READ_BYTES = 256 * 1024, FOLLOW_TURN_BYTES = 4 * 1024 * 1024 };

/* path and what is fed to use live as long as the follow; memory comes from arena. */
void follow_init(struct follow *follow, struct arena *arena, struct str path,
                 const struct log_paths *paths, struct log_lines_use use);
/* Goes on where a position says, before the first read; what is none is not used. proven: what is
 * read now is all that came since; not after a rotation or a truncation, for nobody knows how many
 * there were. */
void follow_restore(struct follow *follow, const struct json *position);
/* Reads what has come, at most FOLLOW_TURN_BYTES; true when there may be more. now_ms: of a clock
 * that does not jump. */
bool follow_read(struct follow *follow, int64_t now_ms);
/* Is the file that was read no longer there, for longer than a rotation takes, so that nobody knows
 * what happens? Then the problem says only that; gone_ms says since when. */
bool follow_is_gone(const struct follow *follow, int64_t now_ms);
/* Where it stands: behind the last whole line. One JSON object. */
void follow_write_position(const struct follow *follow, struct json_writer *w);
void follow_close(struct follow *follow);

#endif
