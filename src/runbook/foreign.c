/* foreign.c - which language a line is written in, by its letters and its commonest words. Names,
 * commands and labels have none: only a line that says so is called foreign. */
#include "runbook/builder.h"

enum {
    ENGLISH = 0,
    LANGUAGES = 7,
    HITS_MIN = 2,
    WORDS_A_HIT = 4,
    LINES_MIN = 3,
    WORD_BYTES_MAX = 12,
    SEEN_MAX = 16,
    TALLY_MAX = 16
};

/* The commonest words by their first letter and their bytes, each with the capitals of its
 * languages: E English, D German, S Spanish, P Portuguese, F French, I Italian, N Dutch. A word of
 * English alone settles it. */
static const char *const common[26][WORD_BYTES_MAX + 1] = {
    ['a' - 'a'] = {[2] = "alS anE aoP asE atE auF ",
                   [3] = "aanN allE alsDN andE anyE aosP areE aufD ausD auxF ",
                   [4] = "alleD auchD avecF ",
                   [5] = "acimaP afterE antesPS apósP avantF ",
                   [6] = "abaixoP aprèsF "},
    ['b' - 'a'] = {[2] = "beE byE ", [3] = "beiD bijN ", [5] = "bitteD ", [6] = "beforeE binnenN "},
    ['c' - 'a'] = {[2] = "ceF ",
                   [3] = "canE cheI comP conIS ",
                   [4] = "cadaPS comoS ",
                   [5] = "cetteF ",
                   [6] = "chaqueF cuandoS "},
    ['d' - 'a'] = {[2] = "daP deFNPS diI doEP duF ",
                   [3] = "dasDP datN deiI delIS demD derD desDF dosP ",
                   [4] = "dansF debeS deveP doesE doitF dopoI dèsF ",
                   [5] = "dellaI delleI desdeS durchD ",
                   [8] = "despuésS "},
    ['e' - 'a'] = {[1] = "eIP ",
                   [2] = "elS emP enFNS esS etF ",
                   [3] = "eenN einD estF ",
                   [4] = "eineD elleF erroP estaS esteS ",
                   [5] = "einemD einenD einerD entroI errosP estáPS ",
                   [6] = "encimaS "},
    ['f' - 'a'] = {[3] = "forE ", [4] = "fromE fürD "},
    ['g' - 'a'] = {[3] = "gliI "},
    ['h' - 'a'] = {[3] = "hasE hayS hetN howE ", [4] = "haveE "},
    ['i' - 'a'] = {[2] = "ifE ilFI inEDNI isEN itE ",
                   [3] = "istD itsE ",
                   [4] = "intoE ",
                   [9] = "innerhalbD "},
    ['k' - 'a'] = {[4] = "kannD "},
    ['l' - 'a'] = {[2] = "laFIS leF loIS ", [3] = "lasS lesF losS "},
    ['m' - 'a'] = {[3] = "metN mitD ",
                   [4] = "maisP moetN mussD mustE másS ",
                   [5] = "menosSP ",
                   [7] = "minutosSP müssenD "},
    ['n' - 'a'] = {[2] = "naP noESPI ",
                   [3] = "nasP nelI nonI notE nurD ",
                   [4] = "naarN nachD nietN nochD nousF nãoP ",
                   [5] = "nellaI nichtD "},
    ['o' - 'a'] =
        {
            [1] = "oP ",
            [2] = "ofEN onEF orE osP ouFP ",
            [3] = "ookN ourE ",
            [4] = "oderD ",
        },
    ['p' - 'a'] = {[3] = "pasF porPS ", [4] = "paraPS pelaP peloP ", [5] = "primaI "},
    ['q' - 'a'] = {[3] = "queFPS quiF ", [6] = "quandoIP "},
    ['s' - 'a'] = {[2] = "seIPS siFS suS ",
                   [3] = "semP sinS surF ",
                   [4] = "sichD sindD sonoI sontF sãoP ",
                   [5] = "sobreS ",
                   [6] = "shouldE sofortD "},
    ['t' - 'a'] = {[2] = "toE ",
                   [3] = "theE ",
                   [4] = "thanE thatE thenE thisE ",
                   [5] = "theirE thereE todosS "},
    ['u' - 'a'] = {[2] = "umP unFIS ", [3] = "umaP unaIS undD uneF ", [5] = "unterD untilE "},
    ['v' - 'a'] = {[3] = "vanN vonD vorD ", [4] = "voorN vousF "},
    ['w' - 'a'] = {[2] = "weEN ",
                   [3] = "wasEDN whoE wieD ",
                   [4] = "wennD wereE whatE whenE willE wirdD withE ",
                   [5] = "whichE wordtN ",
                   [6] = "werdenD wordenN "},
    ['y' - 'a'] = {[1] = "yS ", [3] = "youE ", [4] = "yourE "},
    ['z' - 'a'] = {[2] = "zuD ", [3] = "zumD zurD ", [4] = "zijnN "},
};
static const char common_other[] = "èI éP êtreF überD ";
static const char letters[LANGUAGES + 1] = "EDSPFIN";
static const char *const names[LANGUAGES] = {"English", "German",  "Spanish", "Portuguese",
                                             "French",  "Italian", "Dutch"};

/* What the words of a line say. */
struct hits {
    int of[LANGUAGES];
    const char *seen[SEEN_MAX]; /* places in the table: each word counts once */
    int seen_count;
};

/* Adds a hit to each language that has the word; true when English alone has it. */
static bool count_word(struct str word, struct hits *hits)
{
    char c = byte_lower(word.p[0]);
    bool latin = byte_is_alpha(c);
    const char *p = latin ? common[c - 'a'][word.n] : common_other;
    while (p && *p) {
        size_t n = latin ? 1 : 0; /* those of a letter have its length, and begin with it */
        while (n < word.n && p[n] == byte_lower(word.p[n]))
            n++;
        p += latin ? word.n : n;
        const char *begin = p;
        bool whole = n == word.n && *p >= 'A' && *p <= 'Z';
        for (int i = 0; whole && i < hits->seen_count; i++)
            whole = hits->seen[i] != begin;
        if (whole && hits->seen_count < SEEN_MAX)
            hits->seen[hits->seen_count++] = begin;
        for (; *p && *p != ' '; p++)
            if (whole)
                hits->of[strchr(letters, *p) - letters]++;
        if (whole)
            return *begin == 'E' && p == begin + 1;
        p += *p == ' ';
    }
    return false;
}

/* The language of a script that stands for one: letters of three or two bytes by their first. */
static const char *script_of(const unsigned char *p, size_t n)
{
    if (p[0] == 0xD0 || p[0] == 0xD1)
        return "Russian";
    if (p[0] >= 0xE4 && p[0] <= 0xE9)
        return "Chinese";
    if (p[0] == 0xE3 && n > 1 && (p[1] == 0x81 || p[1] == 0x82 || p[1] == 0x83))
        return "Japanese";
    if (p[0] >= 0xEA && p[0] <= 0xED)
        return "Korean";
    if (p[0] == 0xCE || p[0] == 0xCF)
        return "Greek";
    if (p[0] == 0xD7)
        return "Hebrew";
    if (p[0] >= 0xD8 && p[0] <= 0xDB)
        return "Arabic";
    return NULL;
}

/* The language of the letters, when most letters are not Latin. Kana make Chinese Japanese. */
static const char *language_of_letters(struct str text)
{
    const char *script = NULL;
    int latin = 0;
    int other = 0;
    for (size_t i = 0; i < text.n; i++) {
        const unsigned char *p = (const unsigned char *)text.p + i;
        const char *here = p[0] >= 0xC0 ? script_of(p, text.n - i) : NULL;
        latin += byte_is_alpha(text.p[i]);
        other += here != NULL;
        if (here && (!script || strcmp(here, "Japanese") == 0))
            script = here;
    }
    return other > 1 && other * 2 > latin ? script : NULL;
}

/* What a byte that begins a letter says; 0 for signs and pictures. In the lowest bits stands how
 * many bytes the letter has. */
enum { LETTER_BYTES = 3, LETTER_SMALL = 4, LETTER_CAPITAL = 8, LETTER_WIDE = 16 };
enum { SMALL_LETTER = 1 | LETTER_SMALL };
static const unsigned char letter_kinds[256] = {['A' ... 'Z'] = 1 | LETTER_CAPITAL,
                                                ['a' ... 'z'] = SMALL_LETTER,
                                                [0xC3 ... 0xDF] = 2 | LETTER_WIDE,
                                                [0xE3 ... 0xED] = 3 | LETTER_WIDE};

static unsigned letter_at(struct str text, size_t i)
{
    return letter_kinds[(unsigned char)text.p[i]];
}

static bool joins_names(char c)
{
    return c == '-' || c == '_' || c == '.' || c == '/';
}

/* The next run of letters at *i that is a word: not in code, not all capitals, no part of a name
 * ("docker-ce"). It is empty when it is passed over. */
static bool take_word(struct str text, size_t *i, struct str *out_word, bool *wide)
{
    size_t at = *i;
    unsigned kinds = 0;
    while (at < text.n && letter_at(text, at) == 0) {
        size_t close = text.p[at] == '`' ? str_find_byte(text, '`', at + 1) : text.n;
        at = close < text.n ? close + 1 : at + 1;
    }
    size_t begin = at;
    while (at < text.n) {
        unsigned kind = letter_at(text, at);
        if (kind == SMALL_LETTER) { /* as most letters */
            kinds |= LETTER_SMALL;
            while (++at < text.n && letter_at(text, at) == SMALL_LETTER)
                ;
            continue;
        }
        if (kind == 0 && (text.p[at] != '\'' || at == begin))
            break;
        kinds |= kind ? kind : LETTER_SMALL; /* "I'M" is not all capitals */
        at += kind ? kind & LETTER_BYTES : 1;
    }
    bool capitals = !(kinds & (LETTER_SMALL | LETTER_WIDE));
    *wide |= (kinds & LETTER_WIDE) != 0;
    at = at < text.n ? at : text.n;
    *i = at;
    bool part = (begin > 0 && begin < text.n && joins_names(text.p[begin - 1])) ||
                (at + 1 < text.n && joins_names(text.p[at]) && letter_at(text, at + 1));
    bool word = !part && !(capitals && at - begin > 1) && at > begin;
    *out_word = word ? str_slice(text, begin, at) : (struct str){"", 0};
    return at > begin;
}

const char *foreign_language(struct str text)
{
    struct hits hits = {.seen_count = 0};
    int words = 0;
    bool wide = false;
    size_t i = 0;
    struct str word;
    while (take_word(text, &i, &word, &wide)) {
        words++;
        if (word.n && word.n <= WORD_BYTES_MAX && count_word(word, &hits))
            return names[ENGLISH];
    }
    const char *script = wide ? language_of_letters(text) : NULL;
    if (script)
        return script;
    int best = 1;
    for (int k = 2; k < LANGUAGES; k++)
        if (hits.of[k] > hits.of[best])
            best = k;
    if (hits.of[best] <= hits.of[ENGLISH])
        return hits.of[ENGLISH] ? names[ENGLISH] : NULL;
    bool enough = hits.of[best] >= HITS_MIN || (hits.of[best] == 1 && wide && words > 2);
    return enough && hits.of[best] * WORDS_A_HIT >= words ? names[best] : NULL;
}

bool foreign_is_english(const char *language)
{
    return language == names[ENGLISH];
}

/* "15 Minuten", "1 hora", "15 分", "5 %": a number before what is a unit of time in many languages.
 */
static bool has_foreign_amount(struct str text)
{
    static const char *const units[] = {
        "min",   "seg",  "sek",  "sec",  "hor", "heur", "stund", "std",   "dia", "dí",
        "tag",   "jour", "sem",  "woch", "mes", "mê",   "mois",  "monat", "ora", "ore",
        "giorn", "uur",  "dag",  "мин",  "сек", "час",  "дн",    "сут",   "нед", "мес",
        "分",    "秒",   "小时", "小時", "天",  "시간", "분",    "時間",  NULL};
    for (size_t i = 0; i + 1 < text.n; i++) {
        if (!byte_is_digit(text.p[i]) || byte_is_digit(text.p[i + 1]))
            continue;
        struct str rest = str_from(text, i + 1 + (text.p[i + 1] == ' '));
        if (str_starts(rest, "%"))
            return true;
        for (int k = 0; units[k]; k++)
            if (str_starts_nocase(rest, units[k]))
                return true;
    }
    return false;
}

bool foreign_looks_like_rule(struct str text)
{
    struct words words;
    words_parse(text, &words);
    return words_look_like_rule(&words) || has_foreign_amount(text);
}

/* How many lines are in each language met so far. */
struct tally {
    const char *language[TALLY_MAX];
    int lines[TALLY_MAX];
    int count;
};

static void tally_line(struct tally *tally, const char *language)
{
    int at = 0;
    while (at < tally->count && strcmp(tally->language[at], language) != 0)
        at++;
    if (at == TALLY_MAX)
        return;
    if (at == tally->count)
        tally->language[tally->count++] = language;
    tally->lines[at]++;
}

const char *foreign_document(const struct outline *outline, int *out_lines)
{
    struct tally tally = {.count = 0};
    int foreign = 0;
    int english = 0;
    int best = 0;
    for (size_t i = 0; i < outline->count; i++) {
        const struct piece *piece = &outline->pieces[i];
        if (piece->kind == PIECE_CODE || piece->kind == PIECE_HEAD_ROW)
            continue;
        const char *here = foreign_language(piece->text);
        if (!here)
            continue;
        english += foreign_is_english(here);
        foreign += !foreign_is_english(here);
        if (!foreign_is_english(here))
            tally_line(&tally, here);
    }
    for (int i = 1; i < tally.count; i++)
        best = tally.lines[i] > tally.lines[best] ? i : best;
    *out_lines = foreign;
    return foreign >= LINES_MIN && foreign > english ? tally.language[best] : NULL;
}
