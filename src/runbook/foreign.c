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

/* The commonest words by their first letter, each with the capitals of its languages: E English,
 * D German, S Spanish, P Portuguese, F French, I Italian, N Dutch. A word of
 * English alone settles it. */
static const char *const common[26] = {
    ['a' - 'a'] = "aanN abaixoP acimaP afterE alS allE alleD alsDN anE andE antesPS anyE "
                  "aoP aosP aprèsF apósP areE asE atE auF auchD aufD ausD auxF avantF "
                  "avecF ",
    ['b' - 'a'] = "beE beforeE beiD bijN binnenN bitteD byE ",
    ['c' - 'a'] = "cadaPS canE ceF cetteF chaqueF cheI comP comoS conIS cuandoS ",
    ['d' - 'a'] = "daP dansF dasDP datN deFNPS debeS deiI delIS dellaI delleI demD derD "
                  "desDF desdeS despuésS deveP diI doEP doesE doitF dopoI dosP duF "
                  "durchD dèsF ",
    ['e' - 'a'] = "eIP eenN einD eineD einemD einenD einerD elS elleF emP enFNS encimaS "
                  "entroI erroP errosP esS estF estaS esteS estáPS etF ",
    ['f' - 'a'] = "forE fromE fürD ",
    ['g' - 'a'] = "gliI ",
    ['h' - 'a'] = "hasE haveE hayS hetN howE ",
    ['i' - 'a'] = "ifE ilFI inEDNI innerhalbD intoE isEN istD itE itsE ",
    ['k' - 'a'] = "kannD ",
    ['l' - 'a'] = "laFIS lasS leF lesF loIS losS ",
    ['m' - 'a'] = "maisP menosSP metN minutosSP mitD moetN mussD mustE másS müssenD ",
    ['n' - 'a'] = "naP naarN nachD nasP nelI nellaI nichtD nietN noESPI nochD nonI notE "
                  "nousF nurD nãoP ",
    ['o' - 'a'] = "oP oderD ofEN onEF ookN orE osP ouFP ourE ",
    ['p' - 'a'] = "paraPS pasF pelaP peloP porPS primaI ",
    ['q' - 'a'] = "quandoIP queFPS quiF ",
    ['s' - 'a'] = "seIPS semP shouldE siFS sichD sinS sindD sobreS sofortD sonoI sontF "
                  "suS surF sãoP ",
    ['t' - 'a'] = "thanE thatE theE theirE thenE thereE thisE toE todosS ",
    ['u' - 'a'] = "umP umaP unFIS unaIS undD uneF unterD untilE ",
    ['v' - 'a'] = "vanN vonD voorN vorD vousF ",
    ['w' - 'a'] = "wasEDN weEN wennD werdenD wereE whatE whenE whichE whoE wieD willE "
                  "wirdD withE wordenN wordtN ",
    ['y' - 'a'] = "yS youE yourE ",
    ['z' - 'a'] = "zijnN zuD zumD zurD ",
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
    const char *p = byte_is_alpha(c) ? common[c - 'a'] : common_other;
    while (p && *p) {
        size_t n = 0;
        while (n < word.n && p[n] == byte_lower(word.p[n]))
            n++;
        p += n;
        const char *begin = p;
        bool whole = n == word.n && *p >= 'A' && *p <= 'Z';
        for (int i = 0; i < hits->seen_count; i++)
            whole = whole && hits->seen[i] != begin;
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

/* Bytes of the letter at i, or 0: signs and pictures are none. */
static size_t letter_at(struct str text, size_t i)
{
    unsigned char c = (unsigned char)text.p[i];
    if (byte_is_alpha(text.p[i]))
        return 1;
    if (c >= 0xC3 && c <= 0xDF)
        return 2;
    return c >= 0xE3 && c <= 0xED ? 3 : 0;
}

/* The next run of letters at *i that is a word: not in code, not all capitals, no part of a name
 * ("docker-ce"). It is empty when it is passed over. */
static bool take_word(struct str text, size_t *i, struct str *out_word, bool *wide)
{
    size_t at = *i;
    bool capitals = true;
    while (at < text.n && letter_at(text, at) == 0) {
        size_t close = text.p[at] == '`' ? str_find_byte(text, '`', at + 1) : text.n;
        at = close < text.n ? close + 1 : at + 1;
    }
    size_t begin = at;
    while (at < text.n && (letter_at(text, at) || (text.p[at] == '\'' && at > begin))) {
        *wide |= letter_at(text, at) > 1;
        capitals &= text.p[at] >= 'A' && text.p[at] <= 'Z';
        at += letter_at(text, at) ? letter_at(text, at) : 1;
    }
    at = at < text.n ? at : text.n;
    *i = at;
    bool part = (begin > 0 && begin < text.n && strchr("-_./", text.p[begin - 1])) ||
                (at + 1 < text.n && strchr("-_/.", text.p[at]) && letter_at(text, at + 1));
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
