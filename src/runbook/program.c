/* program.c - a runbook put together: pieces become statements, every other line is structure. */
#include "runbook/check.h"

#include "runbook/binding.h"

#include "base/text.h"
#include "runbook/front.h"
#include "runbook/marks.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    PATH_BYTES_MAX = 512,
    PROGRAMS_MAX = 4096,
    PARENTS_MAX = 64,
    SIBLING_BYTES_MAX = 200,
    SIBLING_WORDS_MAX = 6,
    LABEL_BYTES_MAX = 120,
    /* What a title says of the whole document; that it is about alerts makes no line one. */
    SECTIONS_OF_TITLE = SECTION_OBJECTIVE | SECTION_SEVERITY | SECTION_CONTACT
};

const char *statement_kind_name(enum statement_kind kind)
{
    static const char *const names[STATEMENT_KINDS] = {
        [STATEMENT_STRUCTURE] = "structure", [STATEMENT_SEVERITY] = "severity",
        [STATEMENT_RESPONSE] = "response",   [STATEMENT_ALERT] = "alert",
        [STATEMENT_OBJECTIVE] = "objective", [STATEMENT_SCHEDULE] = "schedule",
        [STATEMENT_STEP] = "step",           [STATEMENT_CHECK] = "check",
        [STATEMENT_CONTACT] = "contact",     [STATEMENT_COMMAND] = "command",
        [STATEMENT_NOTE] = "note",           [STATEMENT_PRACTICE] = "practice",
        [STATEMENT_LITERAL] = "literal",     [STATEMENT_GUIDANCE] = "guidance",
        [STATEMENT_UNCLEAR] = "unclear"};
    return kind < STATEMENT_KINDS ? names[kind] : "";
}

/* A heading without what stands before its first word: numbers of sections stay, pictures and what
 * mis-encoding made of them go. */
static struct str clean_heading(struct str text)
{
    struct str rest = text;
    for (;;) {
        size_t space = str_find_byte(rest, ' ', 0);
        if (space >= rest.n)
            return rest.n ? rest : text;
        for (size_t i = 0; i < space; i++)
            if (byte_is_alnum(rest.p[i]))
                return rest;
        struct str next = str_trim(str_from(rest, space));
        bool letter = false;
        for (size_t i = 0; i < next.n; i++)
            letter |= byte_is_alnum(next.p[i]);
        if (!letter)
            return rest;
        rest = next;
    }
}

static struct str join_path(struct builder *builder)
{
    struct text path;
    text_init(&path, builder->arena, PATH_BYTES_MAX);
    for (int level = builder->titles > 1 ? 1 : 2; level <= HEADING_LEVELS; level++) {
        if (builder->headings[level] < 0)
            continue;
        struct str name =
            clean_heading(builder->program->statements[builder->headings[level]].text);
        if (path.n)
            text_adds(&path, " / ");
        text_add(&path, name);
    }
    return text_str(&path);
}

/* The letters of the text, as bits. */
static uint32_t letters_in(struct str text)
{
    uint32_t bits = 0;
    for (size_t i = 0; i < text.n; i++)
        bits |= FRONT_BIT(text.p[i]);
    return bits;
}

/* "Sample Customer Email", "Status message template": what stands there is text to be sent. */
static bool is_template(struct str heading)
{
    static const char *const models[] = {"template", "sample", "example", "draft", NULL};
    static const char *const letters[] = {
        "mail",         "message",       "announcement", "notice",  "letter",
        "notification", "communication", "statement",    "posting", NULL};
    bool model = false;
    bool letter = false;
    uint32_t has = letters_in(heading);
    const uint32_t sample = FRONT_BIT('m') | FRONT_BIT('p') | FRONT_BIT('l') | FRONT_BIT('e');
    const uint32_t draft = FRONT_BIT('d') | FRONT_BIT('r') | FRONT_BIT('f') | FRONT_BIT('t');
    if ((has & sample) != sample && (has & draft) != draft)
        return false; /* as of most headings, letters are missing that the models have */
    for (int i = 0; models[i]; i++)
        model |= str_find_nocase(heading, models[i], 0) < heading.n;
    for (int i = 0; model && letters[i]; i++)
        letter |= str_find_nocase(heading, letters[i], 0) < heading.n;
    return letter;
}

static int read_heading(struct builder *builder, const struct piece *piece)
{
    struct statement statement = {.kind = STATEMENT_STRUCTURE,
                                  .line = piece->line,
                                  .last_line = piece->last_line,
                                  .column = piece->column,
                                  .text = piece->text,
                                  .parent = -1,
                                  .heading_level = piece->level};
    for (int level = piece->level; level <= HEADING_LEVELS; level++)
        builder->headings[level] = -1;
    statement.parent = builder_heading(builder);
    struct str above = join_path(builder);
    if (!str_equal(above, builder->above)) { /* most headings stand beside the one before */
        builder->above = above;
        builder->above_sections = vocabulary_sections(above);
    }
    builder->heading = clean_heading(piece->text);
    builder->sections = vocabulary_sections(builder->heading);
    (void)sentence_heading(builder->heading, builder->above_sections, &statement);
    int index = builder->program->count;
    builder->path = above;
    bool title = piece->level == 1 && builder->titles <= 1;
    if (!title && above.n + builder->heading.n + 3 < PATH_BYTES_MAX)
        builder->path = above.n ? str_printf(builder->arena, "%.*s / %.*s", STR_ARGS(above),
                                             STR_ARGS(builder->heading))
                                : builder->heading;
    builder->label = builder->label_level = (struct str){"", 0};
    if (title)
        builder->title_sections = builder->sections & SECTIONS_OF_TITLE;
    builder->letter = is_template(builder->heading);
    /* No phrase reaches over the mark between two headings. */
    builder->path_sections = builder->above_sections | builder->title_sections |
                             (builder->path.p != above.p ? builder->sections : 0);
    (void)builder_add(builder, statement);
    builder->headings[piece->level] = index;
    return index;
}

/* The one severity that a label begins with ("**P1**", "SEV-2 (High):"), or "". */
static struct str level_of_label(struct str label)
{
    if (!words_may_begin_with_level(label))
        return (struct str){"", 0};
    struct words WORDS_UNSET words; /* here, as it is emptied where it stands */
    words_parse_front(label, 1, &words);
    if (words.count == 0 || words.at[0].level == LEVEL_NONE)
        return (struct str){"", 0};
    words_parse(label, &words);
    for (int i = 1; i < words.count; i++)
        if (words.at[i].level != LEVEL_NONE)
            return (struct str){"", 0};
    return words.at[0].text;
}

/* "**P1:**", and nothing more. */
static bool is_only_level(struct str text)
{
    struct str level = level_of_label(text);
    return level.n && level.n + 1 >= text.n;
}

static struct str level_in_force(const struct builder *builder, const struct piece *piece)
{
    const struct statement *statements = builder->program->statements;
    int parent = piece->parent;
    for (int steps = 0; parent >= 0 && steps < PARENTS_MAX; steps++) {
        int at = builder->statement_of[parent];
        if (at >= 0 && statements[at].kind == STATEMENT_SEVERITY)
            return statements[at].severity.id;
        parent = builder->outline->pieces[parent].parent;
    }
    if (builder->label_level.n)
        return builder->label_level;
    for (int level = HEADING_LEVELS; level >= 1; level--) {
        int at = builder->headings[level];
        if (at >= 0 && statements[at].kind == STATEMENT_SEVERITY)
            return statements[at].severity.id;
    }
    return (struct str){"", 0};
}

/* What each list needs to know of its items before they are read: children, and whether most of
 * the items whose first word is certain are imperatives. Lists are known by their parent piece, or
 * by the piece of their heading. */
struct siblings {
    int *sure, *no; /* by key */
    int *key;       /* by piece */
    bool *children; /* by piece */
};

/* The words are the caller's, for the while. */
static void count_item(struct siblings *siblings, const struct piece *piece, int key,
                       struct words *words)
{
    struct str text = str_slice(piece->text, 0, SIBLING_BYTES_MAX);
    bool labelled = str_find_byte(text, ':', 0) < text.n;
    words_parse_front(text, labelled ? SIBLING_WORDS_MAX + 1 : 1, words);
    int first = 0;
    for (int i = 1; i < SIBLING_WORDS_MAX && i + 1 < words->count; i++)
        if (words_is(words, i, WD_M_COLON))
            first = i + 1;
    if (words->count == 0)
        return;
    enum verb verb = vocabulary_verb(words, first);
    siblings->sure[key] += verb == VERB_SURE;
    siblings->no[key] += verb == VERB_NO;
}

static struct siblings find_siblings(struct builder *builder)
{
    const struct outline *outline = builder->outline;
    struct siblings siblings = {
        .sure = arena_array(builder->arena, outline->count * 2 + 2, sizeof(int)),
        .no = arena_array(builder->arena, outline->count * 2 + 2, sizeof(int)),
        .key = arena_array(builder->arena, outline->count + 1, sizeof(int)),
        .children = arena_array(builder->arena, outline->count + 1, sizeof(bool))};
    int heading = (int)outline->count;
    for (size_t i = 0; i < outline->count; i++) {
        const struct piece *piece = &outline->pieces[i];
        if (piece->kind == PIECE_HEADING)
            heading = (int)(outline->count + i);
        if (piece->kind != PIECE_TEXT || !piece->first_in_item)
            continue;
        siblings.key[i] = piece->parent >= 0 ? piece->parent : heading;
        if (piece->parent >= 0)
            siblings.children[piece->parent] = true;
        count_item(&siblings, piece, siblings.key[i], &builder->sentence.words);
    }
    return siblings;
}

/* The item above, where it introduces what stands below it: its words, or "". */
static struct str label_of(const struct builder *builder, const struct piece *piece)
{
    if (piece->parent < 0)
        return piece->in_list ? builder->label : (struct str){"", 0};
    const struct piece *parent = &builder->outline->pieces[piece->parent];
    return parent->text.n <= LABEL_BYTES_MAX ? parent->text : (struct str){"", 0};
}

static struct sentence_place place_of(struct builder *builder, const struct piece *piece)
{
    struct str label = label_of(builder, piece);
    if (label.p != builder->label_read.p || label.n != builder->label_read.n) {
        builder->label_read = label;
        builder->label_sections = vocabulary_sections(label);
    }
    unsigned sections = builder->label_sections;
    return (struct sentence_place){.vocabulary = builder->vocabulary,
                                   .path = builder->path,
                                   .heading = builder->heading,
                                   .label = label,
                                   .level = level_in_force(builder, piece),
                                   .in_list = piece->in_list,
                                   .ordered = piece->ordered && piece->first_in_item,
                                   .box = piece->box,
                                   .sections = builder->sections | sections,
                                   .path_sections = builder->path_sections | sections};
}

static int parent_of(const struct builder *builder, const struct piece *piece)
{
    return piece->parent >= 0 ? builder->statement_of[piece->parent] : -1;
}

/* What a paragraph says of the list below it: all of a label, or the last sentence when it ends in
 * a colon; else "". */
static struct str introduction(struct str text, bool label)
{
    struct str last = text;
    if (!label && (text.n == 0 || text.p[text.n - 1] != ':'))
        return (struct str){"", 0};
    for (size_t at = str_find(last, ". ", 0); !label && at < last.n; at = str_find(last, ". ", 0))
        last = str_from(last, at + 2);
    return last.n <= LABEL_BYTES_MAX ? last : (struct str){"", 0};
}

/* A paragraph that is one quotation is something to be said or sent, not a rule of this runbook. */
static bool is_quotation(const struct piece *piece)
{
    struct str text = piece->text;
    return text.n > 2 && text.p[0] == '"' && str_find_byte(text, '"', 1) == text.n - 1;
}

/* A rule below "Examples", "Archive", "Deprecated alerts": once a heading, so that nobody believes
 * that it is in force. */
static void say_past(struct builder *builder, const struct sentence *sentence)
{
    struct str label = sentence->place->label;
    struct str heading = vocabulary_sections(label) & SECTION_PAST ? label : builder->path;
    if (sentence->made[0].kind != STATEMENT_GUIDANCE || !words_look_like_rule(&sentence->words) ||
        (heading.p == builder->past_said.p && heading.n == builder->past_said.n))
        return;
    builder->past_said = heading;
    builder_find(builder,
                 (struct finding){.level = FINDING_HINT,
                                  .line = sentence->base.line,
                                  .column = sentence->base.column,
                                  .code = "not-in-force",
                                  .text = str_printf(builder->arena,
                                                     "Nothing below \"%.*s\" is in force, by that "
                                                     "name. Give it another if it is.",
                                                     STR_ARGS(heading))});
}

/* "- except during deploys" below "- Error rate > 5% for 5 minutes". */
static bool limits_rule_above(const struct builder *builder, const struct sentence *sentence)
{
    int parent = sentence->base.parent;
    enum statement_kind above =
        parent >= 0 ? builder->program->statements[parent].kind : STATEMENT_STRUCTURE;
    bool rule = above == STATEMENT_ALERT || above == STATEMENT_RESPONSE ||
                above == STATEMENT_SCHEDULE || above == STATEMENT_OBJECTIVE;
    return rule && words_limit(&sentence->words, 0, 1) == 0;
}

static int read_text(struct builder *builder, const struct piece *piece,
                     const struct sentence_place *place)
{
    struct sentence *sentence = &builder->sentence;
    bool box = false;
    bool alone = marks_alone(piece->text, &box);
    sentence_begin(sentence, builder->arena, place, piece->text);
    sentence->base.line = piece->line;
    sentence->base.last_line = piece->last_line;
    sentence->base.column = piece->column;
    sentence->base.parent = parent_of(builder, piece);
    if (alone)
        (void)sentence_make(sentence, STATEMENT_STRUCTURE);
    else if (is_quotation(piece))
        (void)sentence_make(sentence, STATEMENT_LITERAL);
    else if (piece->struck)
        (void)sentence_make(sentence, STATEMENT_GUIDANCE); /* said no more */
    else if (piece->partly_struck)
        sentence_net(sentence);
    else
        sentence_classify(sentence);
    struct statement *made = &sentence->made[0];
    if (place->path_sections & SECTION_PAST)
        say_past(builder, sentence);
    if (made->kind == STATEMENT_GUIDANCE && limits_rule_above(builder, sentence)) {
        made->kind = STATEMENT_UNCLEAR;
        sentence->leftover = sentence->text;
    }
    if (made->kind == STATEMENT_GUIDANCE && builder->letter)
        made->kind = STATEMENT_LITERAL;
    if (made->kind == STATEMENT_STEP || made->kind == STATEMENT_CHECK)
        made->step.number = piece->number;
    if (!piece->in_list && piece->bold && piece->line == piece->last_line &&
        (made->kind == STATEMENT_GUIDANCE ||
         (made->kind == STATEMENT_UNCLEAR && is_only_level(piece->text))))
        made->kind = STATEMENT_STRUCTURE; /* a bold line used as a heading */
    if (!piece->in_list) {
        builder->label = introduction(piece->text, made->kind == STATEMENT_STRUCTURE && !alone);
        builder->label_level = level_of_label(builder->label);
    }
    return builder_add_sentence(builder);
}

static void read_pieces(struct builder *builder)
{
    struct siblings siblings = find_siblings(builder);
    for (size_t i = 0; i < builder->outline->count; i++) {
        const struct piece *piece = &builder->outline->pieces[i];
        int at = -1;
        if (piece->kind == PIECE_HEADING) {
            at = read_heading(builder, piece);
        } else if (piece->kind == PIECE_CODE) {
            fence_read(builder, piece, parent_of(builder, piece));
        } else if (piece->kind == PIECE_ROW && (piece->struck || piece->partly_struck)) {
            struct sentence_place place = place_of(builder, piece);
            at = read_text(builder, piece, &place);
        } else if (piece->kind == PIECE_ROW) {
            struct sentence_place place = place_of(builder, piece);
            ragged_read_row(builder, piece, &place);
        } else if (piece->kind == PIECE_HTML) {
            html_read(builder, piece);
        } else if (piece->kind == PIECE_TEXT) {
            struct sentence_place place = place_of(builder, piece);
            int key = siblings.key[i];
            place.box |= str_starts(piece->text, "[ ] ") || str_starts(piece->text, "[x] ");
            place.in_list |= place.box;
            place.has_children = siblings.children[i];
            place.among_verbs = piece->first_in_item && siblings.sure[key] > 0 &&
                                siblings.sure[key] >= siblings.no[key];
            at = read_text(builder, piece, &place);
        }
        builder->statement_of[i] = at;
    }
}

static int compare_findings(const void *a, const void *b)
{
    const struct finding *x = a;
    const struct finding *y = b;
    if (x->line != y->line)
        return x->line < y->line ? -1 : 1;
    if (x->column != y->column)
        return x->column < y->column ? -1 : 1;
    int order = strcmp(x->code, y->code);
    return order ? order : str_compare(x->text, y->text);
}

static void build(struct builder *builder)
{
    for (int level = 0; level <= HEADING_LEVELS; level++)
        builder->headings[level] = -1;
    for (size_t i = 0; i < builder->outline->count; i++)
        builder->titles += builder->outline->pieces[i].kind == PIECE_HEADING &&
                           builder->outline->pieces[i].level == 1;
    foreign_find(builder);
    map_init(&builder->programs, PROGRAMS_MAX);
    read_pieces(builder);
    ragged_check_tables(builder);
    for (int level = 0; level <= HEADING_LEVELS; level++)
        builder->headings[level] = -1;
    structure_add(builder);
    map_done(&builder->programs);
    check_program(builder);
    if (builder->finding_count)
        qsort(builder->program->findings, builder->finding_count, sizeof(struct finding),
              compare_findings);
}

/* Reads into builder->arena; the program is builder->program. */
static bool read_program(struct builder *builder, const struct program_source *from,
                         struct err *err)
{
    struct arena *arena = builder->arena;
    struct source *source = arena_make(arena, struct source);
    struct outline *outline = arena_make(arena, struct outline);
    if (!source_read(arena, from->file, from->text, source, err) ||
        !outline_read(arena, source, outline, err))
        return false;
    struct program *program = arena_make(arena, struct program);
    program->file = str_copy(arena, from->file);
    program->source = from->text;
    program->lines = source->lines;
    program->line_count = source->line_count;
    builder->program = program;
    builder->vocabulary = from->vocabulary;
    builder->source = source;
    builder->outline = outline;
    /* Few lines are more than one statement, so that the list seldom has to grow. */
    builder->capacity = (size_t)source->line_count + 1;
    program->statements = arena_array(arena, builder->capacity, sizeof *program->statements);
    builder->covered = arena_array(arena, (size_t)source->line_count + 2, sizeof(bool));
    builder->statement_of = arena_array(arena, outline->count + 1, sizeof(int));
    builder->rows_read = arena_array(arena, outline->count + 1, sizeof(enum statement_kind));
    build(builder);
    return true;
}

bool program_read(struct arena *arena, struct str file, struct str source,
                  struct program **out_program, struct err *err)
{
    struct program_source from = {.file = file, .text = source};
    return program_read_with(arena, &from, out_program, err);
}

bool program_read_with(struct arena *arena, const struct program_source *from,
                       struct program **out_program, struct err *err)
{
    struct builder WORDS_UNSET builder;
    memset(&builder, 0, offsetof(struct builder, sentence));
    builder.sentence.made_count = 0;
    builder.arena = arena;
    if (!read_program(&builder, from, err))
        return false;
    if (!from->unnamed)
        name_statements(arena, builder.program, builder.of_no_piece);
    *out_program = builder.program;
    return true;
}

bool sentence_read(struct arena *arena, struct str heading, struct str sentence,
                   struct statement *out_statement, struct err *err)
{
    struct program_source from = {.heading = heading, .text = sentence};
    return sentence_read_with(arena, &from, out_statement, err);
}

bool sentence_read_with(struct arena *arena, const struct program_source *from,
                        struct statement *out_statement, struct err *err)
{
    struct statement *all = NULL;
    size_t count = 0;
    if (!sentence_read_all(arena, from, &all, &count, err))
        return false;
    *out_statement = all[0];
    return true;
}

static struct str unclear_words(struct arena *arena, const struct sentence_place *place,
                                struct str text, struct str leftover)
{
    const char *code = "";
    struct str nearest = sentence_nearest(arena, place, text);
    struct str fault =
        unclear_fault(arena, place, text, (struct unclear){leftover, &nearest, &code});
    struct str what = fault.n ? str_printf(arena, "%.*s Understood", STR_ARGS(fault))
                              : str_printf(arena, "\"%.*s\"; understood",
                                           STR_ARGS(str_cut(leftover, LEFTOVER_BYTES_MAX)));
    return str_printf(arena, "not understood: %.*s would be, for example: \"%.*s\"", STR_ARGS(what),
                      STR_ARGS(nearest));
}

bool sentence_read_all(struct arena *arena, const struct program_source *from,
                       struct statement **out_statements, size_t *out_count, struct err *err)
{
    struct str heading = from->heading;
    struct str text = str_trim(from->text);
    if (text.n == 0)
        return err_set(err, ERR_USAGE, "", "The sentence is empty. Give one line of a runbook.");
    if (text.n > LIMIT_RUNBOOK_LINE_BYTES || !str_utf8_valid(text, NULL))
        return err_set(err, ERR_USAGE, "",
                       "The sentence is longer than 64 kB or not UTF-8. Give one line.");
    if (str_starts(text, "- ") || str_starts(text, "* "))
        text = str_trim(str_from(text, 2));
    struct sentence_place place = {
        .vocabulary = from->vocabulary, .path = heading, .heading = heading, .in_list = true};
    place.sections = place.path_sections = vocabulary_sections(heading);
    struct sentence WORDS_UNSET read;
    sentence_begin(&read, arena, &place, text);
    read.base.line = read.base.last_line = read.base.column = 1;
    sentence_classify(&read);
    size_t count = read.made_count > 1 ? (size_t)read.made_count : 1;
    struct statement *all = arena_array(arena, count, sizeof *all);
    for (size_t i = 0; i < count; i++) {
        all[i] = read.made[i];
        all[i].path = heading;
        binding_make(from->vocabulary, arena, heading, &all[i]);
        all[i].meaning = meaning_of(arena, &all[i]);
    }
    if (all[0].kind == STATEMENT_UNCLEAR)
        all[0].meaning = unclear_words(arena, &place, text, read.leftover);
    *out_statements = all;
    *out_count = count;
    return true;
}
