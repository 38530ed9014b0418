/* evidence.c - words that ask for evidence, and files as evidence. */
#include "run/evidence.h"

enum ask_place {
    ASKS_ANYWHERE,
    ASKS_AS_VERB /* at the beginning, or behind "and", "then", a comma, semicolon, colon or stop */
};

/* What asks. "with": one of these words has to stand behind it, so that "Attach the volume" and
 * "Record" as a noun do not ask. */
static const struct {
    const char *words;
    enum ask_place place;
    const char *with;
} asks[] = {
    {"screenshot", ASKS_ANYWHERE, NULL},
    {"screenshots", ASKS_ANYWHERE, NULL},
    {"screen shot", ASKS_ANYWHERE, NULL},
    {"evidence", ASKS_ANYWHERE, NULL},
    {"proof of", ASKS_ANYWHERE, NULL},
    {"record", ASKS_AS_VERB, NULL},
    {"document", ASKS_AS_VERB, NULL},
    {"write down", ASKS_AS_VERB, NULL},
    {"note down", ASKS_AS_VERB, NULL},
    {"note the", ASKS_AS_VERB, NULL},
    {"note when", ASKS_AS_VERB, NULL},
    {"note which", ASKS_AS_VERB, NULL},
    {"note who", ASKS_AS_VERB, NULL},
    {"link to", ASKS_AS_VERB, NULL},
    {"add a link", ASKS_AS_VERB, NULL},
    {"add the link", ASKS_AS_VERB, NULL},
    {"include a link", ASKS_AS_VERB, NULL},
    {"include the link", ASKS_AS_VERB, NULL},
    {"paste", ASKS_AS_VERB, NULL},
    {"capture", ASKS_AS_VERB, NULL},
    {"save the output", ASKS_AS_VERB, NULL},
    {"keep the output", ASKS_AS_VERB, NULL},
    {"attach", ASKS_AS_VERB,
     "log|logs|output|report|reports|result|results|file|files|copy|copies|receipt|ticket|incident|"
     "case|record|issue|mail|letter|form|list|picture|photo|dump|graph|graphs|change|it|them"},
};

static bool is_word_byte(char c)
{
    return byte_is_alnum(c) || c == '-' || c == '_' || (unsigned char)c >= 0x80;
}

static bool stands_alone(struct str text, size_t at, size_t length)
{
    return (at == 0 || !is_word_byte(text.p[at - 1])) &&
           (at + length >= text.n || !is_word_byte(text.p[at + length]));
}

/* Is it an order there? */
static bool is_verb(struct str text, size_t at)
{
    struct str before = str_trim(str_slice(text, 0, at));
    if (before.n == 0)
        return true;
    char last = before.p[before.n - 1];
    size_t word = before.n;
    while (word > 0 && !byte_is_blank(before.p[word - 1]))
        word--;
    struct str last_word = str_from(before, word);
    return strchr(",;:.([*", last) || str_is_nocase(last_word, "and") ||
           str_is_nocase(last_word, "then") || str_is_nocase(last_word, "please");
}

/* Does one of the words parted by bars stand in the text? */
static bool has_one(struct str text, const char *words)
{
    struct str rest = str_of(words);
    struct str one;
    char word[32];
    while (rest.n > 0 && str_split(&rest, '|', &one)) {
        str_keep(word, sizeof word, one);
        for (size_t at = str_find_nocase(text, word, 0); at < text.n;
             at = str_find_nocase(text, word, at + 1))
            if (stands_alone(text, at, one.n))
                return true;
    }
    return false;
}

struct str evidence_asked(struct str text)
{
    for (size_t i = 0; i < sizeof asks / sizeof *asks; i++) {
        size_t length = strlen(asks[i].words);
        for (size_t at = str_find_nocase(text, asks[i].words, 0); at < text.n;
             at = str_find_nocase(text, asks[i].words, at + 1))
            if (stands_alone(text, at, length) &&
                (asks[i].place == ASKS_ANYWHERE || is_verb(text, at)) &&
                (!asks[i].with || has_one(str_from(text, at + length), asks[i].with)))
                return str_slice(text, at, at + length);
    }
    return STR("");
}

bool run_step_wants_evidence(const struct run_step *step)
{
    return step->does == DOES_MANUAL && evidence_asked(step->text).n > 0;
}

/* Characters that are not seen or turn the writing round: U+200B-U+200F, U+2028-U+202E,
 * U+2060-U+2069, U+FEFF, and the controls U+0080-U+009F. Their bytes, or 0. */
static size_t hidden_bytes(struct str text, size_t at)
{
    unsigned char a = (unsigned char)text.p[at];
    unsigned char b = at + 1 < text.n ? (unsigned char)text.p[at + 1] : 0;
    unsigned char c = at + 2 < text.n ? (unsigned char)text.p[at + 2] : 0;
    if (a == 0xc2 && b < 0xa0)
        return 2;
    bool hidden =
        (a == 0xe2 && b == 0x80 && ((c >= 0x8b && c <= 0x8f) || (c >= 0xa8 && c <= 0xae))) ||
        (a == 0xe2 && b == 0x81 && c >= 0xa0 && c <= 0xa9) || (a == 0xef && b == 0xbb && c == 0xbf);
    return hidden ? 3 : 0;
}

static struct str last_part(struct str path)
{
    size_t from = path.n;
    while (from > 0 && path.p[from - 1] != '/' && path.p[from - 1] != '\\')
        from--;
    return str_from(path, from);
}

struct str attachment_name(struct arena *arena, struct str path)
{
    struct str from = last_part(path);
    struct text text;
    size_t bad = from.n;
    text_init(&text, arena, from.n + 1);
    if (!str_utf8_valid(from, &bad))
        from.n = bad;
    for (size_t i = 0; i < from.n; i++) {
        char c = from.p[i];
        size_t hidden = hidden_bytes(from, i);
        if (hidden > 0)
            i += hidden - 1;
        else if ((unsigned char)c < ' ' || c == 0x7f || strchr("\"<>:|?*;%", c))
            text_byte(&text, '_');
        else
            text_byte(&text, c);
    }
    struct str name = str_trim(text_str(&text));
    while (name.n > 0 && (name.p[0] == '.' || name.p[0] == ' '))
        name = str_from(name, 1);
    name = str_trim(str_cut(name, ATTACHMENT_NAME_BYTES));
    return name.n > 0 ? name : STR("file");
}

struct str attachment_tell(struct arena *arena, const struct attachment_told *told)
{
    return str_printf(arena, "%s %lld %.*s", told->digest, (long long)told->bytes,
                      STR_ARGS(told->name));
}

bool attachment_next(struct arena *arena, struct str *rest, struct attachment_told *out,
                     struct err *err)
{
    struct str line;
    struct hash hash;
    if (rest->n == 0 || !str_split(rest, '\n', &line))
        return false;
    size_t first = str_find_byte(line, ' ', 0);
    size_t second = str_find_byte(line, ' ', first + 1);
    struct str digest = str_slice(line, 0, first);
    struct attachment_told told = {.name = second < line.n ? str_from(line, second + 1) : STR("")};
    bool good = str_int(str_slice(line, first + 1, second), &told.bytes) && told.bytes > 0 &&
                told.bytes <= ATTACHMENT_BYTES_MAX && hash_parse_hex(digest, &hash) &&
                str_equal(attachment_name(arena, told.name), told.name);
    if (!good)
        return err_set(err, ERR_USAGE, "attach",
                       "An attachment is told as its SHA-256, its bytes and a clean name, not as "
                       "\"%.*s\"; on the command line it is the path of a file.",
                       STR_ARGS(str_cut(line, 80)));
    str_keep(told.digest, sizeof told.digest, digest);
    *out = told;
    return true;
}

static bool has_file(const struct run_step *step, const char *digest)
{
    for (size_t i = 0; i < step->attachment_count; i++)
        if (strcmp(digest, step->attachments[i].digest) == 0 && !step->attachments[i].erased)
            return true;
    return false;
}

static void add_file(const struct evidence_tick *tick, const struct attachment_told *told,
                     struct event_list *out)
{
    struct event *event =
        event_list_add(out, EVENT_RUN_STEP_ATTACHED, tick->world->now, tick->call->actor,
                       str_printf(out->arena, "run:%lld", (long long)tick->run->number));
    event_set_int(event, "number", tick->run->number);
    event_set_int(event, "step", tick->step + 1);
    event_set_str(event, "name", str_copy(out->arena, told->name));
    event_set_str(event, "digest", str_copy(out->arena, str_of(told->digest)));
    event_set_int(event, "bytes", told->bytes);
}

/* What is attached to the step already is no new fact. */
static bool add_files(const struct evidence_tick *tick, struct event_list *out, struct err *err)
{
    struct str rest = tick->call->files;
    struct attachment_told told;
    const struct run_step *of = &tick->run->steps[tick->step];
    size_t count = 0;
    while (attachment_next(out->arena, &rest, &told, err)) {
        if (++count > ATTACHMENTS_OF_TICK || of->attachment_count + count > ATTACHMENTS_OF_STEP)
            return err_set(err, ERR_USAGE, "attach",
                           "A tick takes at most %d files, and a step at most %d in all.",
                           ATTACHMENTS_OF_TICK, ATTACHMENTS_OF_STEP);
        if (!has_file(of, told.digest))
            add_file(tick, &told, out);
    }
    return err->kind == ERR_NONE;
}

bool evidence_add(const struct evidence_tick *tick, struct event_list *out, struct err *err)
{
    const struct run_step *of = &tick->run->steps[tick->step];
    bool kept = tick->call->files.n > 0 || str_trim(tick->call->text).n > 0;
    for (size_t i = of->attachments_before; i < of->attachment_count; i++)
        kept = kept || !of->attachments[i].erased;
    if (run_step_wants_evidence(of) && !kept)
        return err_set(err, ERR_USAGE, NULL,
                       "Step %d of run %lld asks for evidence (\"%.*s\"): say it in a note, or "
                       "attach a file.",
                       tick->step + 1, (long long)tick->run->number,
                       STR_ARGS(evidence_asked(of->text)));
    return add_files(tick, out, err);
}
