/* command_line.h - from a command with open places and the values for them to what is executed.
 *
 * Promises: a value is an argument or a variable of its own and never becomes part of a program
 * that an interpreter reads: without a shell it is (part of) one argument; in a shell it stands
 * behind a quoted variable. Where something further on reads it once more (ssh, npm, sh -c, SQL in
 * quotation marks), only values of plain characters are taken.
 * Refuses: values with control characters, values that would become an option, places in a quoted
 * here-document or inside of $( ) and backquotes. */
#ifndef RUN_COMMAND_LINE_H
#define RUN_COMMAND_LINE_H

#include "run/run.h"

struct command_line {
    struct str *argv; /* {"sh","-c",script} where a shell is needed */
    size_t argc;
    struct run_value *variables; /* for the environment, beside the configured ones */
    size_t variable_count;
    uint32_t used; /* bit n: value n has a place in the command */
};

/* values: of the run. ERR_USAGE with the name of the value and the remedy. All in arena. */
MUST_USE bool command_line_make(struct arena *arena, struct str command,
                                const struct run_values *values, struct command_line *out_line,
                                struct err *err);

/* The same command tested every so often until it ends with 0. One that cannot be executed at all
 * (126, 127) ends the testing. */
void command_line_repeat(struct arena *arena, struct command_line *line, int64_t every_ms);

/* The program and its arguments as people read them; one with blanks stands in ‹ ›. */
void command_line_show(const struct command_line *line, struct text *out);

/* The command as if the values had been typed into it: to be judged, never to be run. */
struct str command_line_filled(struct arena *arena, struct str command,
                               const struct run_values *values);

/* May the value stand for a place of this type at all? ERR_USAGE else. */
MUST_USE bool placeholder_check(const struct placeholder *placeholder, struct str value,
                                struct err *err);

#endif
