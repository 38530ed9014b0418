/* shell.h - command lines cut as a shell cuts them: where a command ends, and its words.
 *
 * Promises: one pass, no memory of its own; words are slices of the text. Knows quotations,
 * backslashes, here-documents, brackets, compound commands and comments.
 * Refuses: expanding anything; a word is what stands there. */
#ifndef RUNBOOK_SHELL_H
#define RUNBOOK_SHELL_H

#include "base/str.h"

enum { SHELL_WORDS_MAX = 64, SHELL_HEREDOCS_MAX = 4 };

/* How far a command of several lines has come. Zeroed, it begins one. */
struct shell {
    char quote;                             /* the quotation that is open, or 0 */
    int brackets;                           /* open "(", "$(" */
    int compounds;                          /* open "if", "for", "while", "case", "{" */
    bool joined;                            /* the line ends in a backslash or an operator */
    bool commanding;                        /* the next word is a command's first */
    int heredocs;                           /* here-documents whose text follows */
    struct str heredoc[SHELL_HEREDOCS_MAX]; /* the words that end them */
};

/* Takes the next line of the command. */
void shell_line(struct shell *shell, struct str line);
/* True when the command goes on in the next line. */
bool shell_is_open(const struct shell *shell);
/* True when it goes on for a backslash or an operator alone. */
bool shell_is_joined(const struct shell *shell);

struct shell_words {
    struct str at[SHELL_WORDS_MAX]; /* a word that is one quotation stands without its marks */
    bool quoted[SHELL_WORDS_MAX];   /* that it is */
    int count;
    bool piped;      /* its output goes to the next one */
    bool background; /* "&" ends it */
};

/* Takes the first simple command off the front of *rest; false when there is no more. Text of
 * here-documents is a quoted word of its command. */
bool shell_next(struct str *rest, struct shell_words *out_words);

/* What stands before a command on a screen ("$ ", "user@host:~$ ", "mysql> "): how many bytes, or
 * 0. screen: the text is that of a terminal, so that "# " and "% " are prompts as well. */
size_t shell_prompt(struct str line, bool screen);
/* Is it "> ", "-> " or the like, by which a screen asks for the rest of a command? */
size_t shell_continuation_prompt(struct str line);
/* Could the word name a program: "kubectl", "pg_dump", "./deploy.sh"? */
bool shell_is_program(struct str word);
/* "NAME=value" */
bool shell_is_assignment(struct str word);

#endif
