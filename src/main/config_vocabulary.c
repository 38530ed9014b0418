/* config_vocabulary.c - the company's own phrases: what they stand for must be known.
 *
 * The roles and names of people are parties as well, after the phrases that say otherwise. */
#include "main/config_inside.h"

#include "runbook/vocabulary.h"
#include "telemetry/signal.h"

enum { NEAR_EDITS_MAX = 2, SHOWN_BYTES_MAX = 80 };

struct phrases {
    const char *key, *one; /* "signals", "signal" */
    const char *where;     /* where others can be named */
    enum vocabulary_kind kind;
};

static const struct phrases sections[] = {
    {"signals", "signal", "signals: adds others", VOCABULARY_SIGNAL},
    {"parties", "role", "the roles of people: add others", VOCABULARY_PARTY},
    {"actions", "action", "there are no others", VOCABULARY_ACTION},
    {"practices", "check", "there are no others", VOCABULARY_PRACTICE},
};

/* Walks the names of the configuration's own that a phrase may stand for: signals, or people and
 * their roles, and then rotas. */
struct names {
    size_t at, role; /* role 0: the person's own name */
    size_t rota;
};

/* The next one; "" behind the last. */
static struct str next_name(const struct config *config, enum vocabulary_kind kind,
                            struct names *names)
{
    if (kind == VOCABULARY_SIGNAL)
        return names->at < config->signal_count ? config->signals[names->at++].name : STR("");
    if (kind == VOCABULARY_PARTY && names->at >= config->person_count)
        return names->rota < config->rota_count ? config->rotas[names->rota++].name : STR("");
    if (kind != VOCABULARY_PARTY)
        return STR("");
    const struct config_person *person = &config->people[names->at];
    struct str name = names->role == 0 ? person->name : person->roles[names->role - 1];
    if (names->role++ == person->role_count)
        *names = (struct names){.at = names->at + 1};
    return name;
}

/* The name as it is written where it is known, or "". The configuration's own comes first. */
static struct str known_name(const struct config *config, enum vocabulary_kind kind,
                             struct str name)
{
    struct names names = {0};
    struct str own;
    while ((own = next_name(config, kind, &names)).n > 0)
        if (str_equal_nocase(own, name))
            return own;
    return vocabulary_target(kind, name);
}

static void report_unknown(struct config_reader *reader, const struct config *config,
                           const struct phrases *section, const struct config_node *node)
{
    struct str nearest = vocabulary_near_target(section->kind, node->text);
    struct names names = {0};
    struct str own;
    size_t least =
        nearest.n ? str_distance(node->text, nearest, NEAR_EDITS_MAX) : NEAR_EDITS_MAX + 1;
    while ((own = next_name(config, section->kind, &names)).n > 0) {
        size_t edits = str_distance(node->text, own, NEAR_EDITS_MAX);
        if (edits < least && edits * 2 < own.n) {
            least = edits;
            nearest = own;
        }
    }
    struct str name = str_cut(node->text, SHOWN_BYTES_MAX);
    if (nearest.n)
        config_error(reader, node->place, "\"%.*s\" is no %s known by name; did you mean \"%.*s\"?",
                     STR_ARGS(name), section->one, STR_ARGS(nearest));
    else
        config_error(reader, node->place,
                     "\"%.*s\" is no %s known by name; docs/language.md lists them, and %s.",
                     STR_ARGS(name), section->one, section->where);
}

static void add_phrase(struct config_reader *reader, struct config *config,
                       const struct phrases *section, const struct config_node *node)
{
    struct str target = known_name(config, section->kind, node->text);
    struct str phrase = str_cut(node->key, SHOWN_BYTES_MAX);
    if (target.n == 0) {
        report_unknown(reader, config, section, node);
        return;
    }
    switch (vocabulary_add(&config->vocabulary, section->kind, node->key, target)) {
    case VOCABULARY_TAKEN: break;
    case VOCABULARY_EMPTY:
        config_error(reader, node->key_place,
                     "The phrase \"%.*s\" says nothing; write the words that stand in the runbook.",
                     STR_ARGS(phrase));
        break;
    case VOCABULARY_LONG:
        config_error(reader, node->key_place,
                     "The phrase \"%.*s\" has more than %d words; write fewer.", STR_ARGS(phrase),
                     PHRASE_ROW_WORDS_MAX);
        break;
    case VOCABULARY_TWICE:
        config_error(reader, node->key_place,
                     "The phrase \"%.*s\" stands here twice: case, plural and articles make no "
                     "difference. Keep one.",
                     STR_ARGS(phrase));
        break;
    case VOCABULARY_FULL:
        config_error(reader, node->key_place, "There are too many phrases here; take some out.");
        break;
    }
}

/* Would the sentence leave out the first words of the name? "low stock" */
static bool begins_loud(struct str name)
{
    struct words words;
    words_parse(name, &words);
    return words.count > 1 && vocabulary_is_loud(&words, 0);
}

/* A signal that is bound under signals: is what its words mean, whatever the vocabulary takes them
 * for; where that means the same signal nothing is to be said. What stands under vocabulary: was
 * added before, and stays. */
static void add_signals(struct config *config, struct arena *arena)
{
    struct arena scratch;
    struct signals known;
    arena_init(&scratch);
    signals_init(&known, &scratch);
    for (size_t i = 0; i < config->signal_count; i++) {
        struct str name = config->signals[i].name;
        const struct signal *bound = signal_find(&known, name);
        struct str target = bound ? bound->name : name;
        struct str taken_for = vocabulary_signal(NULL, name);
        bool other = taken_for.n > 0 && !str_equal_nocase(taken_for, target);
        if (other || (taken_for.n == 0 && begins_loud(name)))
            (void)vocabulary_add(&config->vocabulary, VOCABULARY_SIGNAL, name,
                                 str_copy(arena, target));
    }
    arena_done(&scratch);
}

void config_bind_vocabulary(struct config_reader *reader, const struct config_node *root,
                            struct config *config)
{
    const struct config_node *map = config_find(root, "vocabulary");
    vocabulary_init(&config->vocabulary, reader->arena);
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
        const struct config_node *phrases = config_find(map, sections[i].key);
        for (const struct config_node *node = phrases ? phrases->first : NULL; node;
             node = node->next)
            add_phrase(reader, config, &sections[i], node);
    }
    add_signals(config, reader->arena);
    struct names names = {0};
    struct str own;
    while ((own = next_name(config, VOCABULARY_PARTY, &names)).n > 0 && names.rota == 0)
        (void)vocabulary_add(&config->vocabulary, VOCABULARY_PARTY, own, own);
}
