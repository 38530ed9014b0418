/* builder.h - a program being put together: what its parts share while it is read.
 *
 * Promises: statements get their place, path and parent in one function, meaning and identity in
 * another.
 * Refuses: use outside of this folder. */
#ifndef RUNBOOK_BUILDER_H
#define RUNBOOK_BUILDER_H

#include "base/map.h"
#include "runbook/outline.h"
#include "runbook/sentence.h"

enum { HEADING_LEVELS = 6, LEFTOVER_BYTES_MAX = 120 };

struct builder {
    struct arena *arena;
    struct program *program;
    const struct source *source;
    const struct outline *outline;
    /* A company's own phrases, or NULL. */
    const struct vocabulary *vocabulary;

    size_t count, capacity; /* statements */
    size_t finding_count, finding_capacity;
    bool *covered;                  /* by line: some statement holds it */
    int *statement_of;              /* by piece: the statement made of it, or -1 */
    enum statement_kind *rows_read; /* by piece: what a table's row was read as */
    bool ragged;                    /* the row being read has more or fewer cells than its head */
    struct map programs;            /* first words of the document's sure commands */
    bool programs_known;
    int headings[HEADING_LEVELS + 1]; /* by level: statement, or -1 */
    struct str heading, path;         /* in force, cleaned */
    struct str label;                 /* the paragraph that introduces what follows, or "" */
    struct str label_level;           /* the one severity that it names, or "" */
    struct str label_read;            /* the label whose sections are known: */
    unsigned label_sections;
    unsigned title_sections;          /* of the document's only title, which is in no path */
    unsigned sections, path_sections; /* of heading and path */
    struct str above;                 /* the path of the last heading without itself */
    unsigned above_sections;
    bool *of_no_piece;    /* by statement, when all stand */
    struct str past_said; /* the heading of what is not in force that was said last */
    bool letter;          /* the section is a text to be sent */
    int titles;           /* number of level-1 headings */
    const char *language; /* the document's, when it is not English, or NULL */
    int foreign_lines;    /* in another language */
    bool foreign_said;
    const struct piece *head; /* of the table that was read last, and what its columns hold */
    const void *roles;        /* enum column_role, one for each column */
    struct sentence sentence; /* being read; the last, as it is large and not emptied before */
};

/* Adds a statement: fills path; parent is a statement or -1 (then the heading). Returns its index.
 */
int builder_add(struct builder *builder, struct statement statement);
void builder_find(struct builder *builder, struct finding finding);
/* "unclear" with what was left over and the nearest sentence that would be understood. */
void builder_find_unclear(struct builder *builder, const struct statement *statement,
                          const struct sentence_place *place, struct str leftover);
/* Adds what the sentence was read as, with the finding when it is unclear; the index of the first
 * statement. */
int builder_add_sentence(struct builder *builder);
int builder_heading(const struct builder *builder); /* the innermost heading's statement, or -1 */

/* Fills id and meaning of every statement and the digest of the source; of_no_piece tells which
 * statements are mere lines of structure. */
void name_statements(struct arena *arena, struct program *program, const bool *of_no_piece);
/* Puts the lines that no piece covers between the statements, when those all stand. */
void structure_add(struct builder *builder);
void fence_read(struct builder *builder, const struct piece *piece, int parent);
/* Gives the commands among the statements from first on their form, and their meaning. */
void fence_form_commands(struct builder *builder, int first, bool source);
void table_read_row(struct builder *builder, const struct piece *piece,
                    const struct sentence_place *place);
/* The same where the row may be ragged: then nothing in it is a rule. */
void ragged_read_row(struct builder *builder, const struct piece *piece,
                     const struct sentence_place *place);
/* What a statement of a ragged row becomes; false when it is not to be added. */
bool ragged_take(struct builder *builder, struct statement *statement);
/* Finds the ragged rows that read as guidance in tables that hold rules or contacts. */
void ragged_check_tables(struct builder *builder);
void html_read(struct builder *builder, const struct piece *piece);
/* The language of a line that is not read, being another than English; NULL when it is read. Words
 * that belong to no language are the document's. */
const char *foreign_of(const struct builder *builder, struct str text);
/* What was read of a line in another language is nothing but chance: what could be a rule in it
 * becomes unclear. Of lines without one the first is said, unless the whole document was. */
void foreign_refuse(struct builder *builder);
/* Finds the document's language; one that is not English is said once, at its first words. */
void foreign_find(struct builder *builder);
/* A row of a table of commands; false when it is none. */
bool command_read_row(struct builder *builder, const struct piece *row, const struct piece *head);
/* The name of the language that a line is written in; NULL when it does not say. */
const char *foreign_language(struct str text);
bool foreign_is_english(const char *language);
/* Something that could be a rule in any language: a level, a limit, a number of minutes. */
bool foreign_looks_like_rule(struct str text);
/* The language of most lines when it is not English, or NULL; *out_lines: how many are foreign. */
const char *foreign_document(const struct outline *outline, int *out_lines);
void check_program(struct builder *builder);

#endif
