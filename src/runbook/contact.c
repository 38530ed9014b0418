/* contact.c - who is reached by what: "On-call: @oncall (PagerDuty)", "DBA: [Slack: @dba] [Phone:
 * …]". */
#include "runbook/sentence.h"

enum { CONTACT_WORDS_MAX = 16 };

bool text_is_placeholder(struct str text)
{
    struct str s = str_trim(text);
    if (s.n == 0)
        return false;
    bool closed = (s.p[0] == '[' && s.p[s.n - 1] == ']') ||
                  (s.p[0] == '<' && s.p[s.n - 1] == '>') ||
                  (str_starts(s, "{{") && str_ends(s, "}}"));
    return closed || str_is_nocase(s, "TBD") || str_is_nocase(s, "TODO") || str_starts(s, "___") ||
           str_starts_nocase(s, "TBD ") || str_is_nocase(s, "@tbd") ||
           str_starts_nocase(s, "xxx") || str_starts_nocase(s, "your-") || str_is(s, "?") ||
           str_find_nocase(s, "replace_me", 0) < s.n || str_find_nocase(s, "changeme", 0) < s.n ||
           str_find(s, "XXX", 0) < s.n || str_find(s, "YOUR_", 0) < s.n;
}

/* "support@example.com", "ops@yourcompany.com", "help@APP_ID": nobody has such an address. */
static bool is_example_domain(struct str text)
{
    static const char *const domains[] = {"@example.",   "@company.com", "@yourcompany.",
                                          "@mycompany.", "@domain.com",  "@yourdomain.",
                                          "@acme.com",   "@your-"};
    for (size_t i = 0; i < sizeof domains / sizeof domains[0]; i++)
        if (str_find_nocase(text, domains[i], 0) < text.n)
            return true;
    size_t at = str_find_byte(text, '@', 1);
    return at < text.n && byte_is_alnum(text.p[at - 1]) && at + 1 < text.n &&
           byte_is_alpha(text.p[at + 1]) && str_find_byte(text, '.', at) == text.n &&
           str_find_byte(text, ' ', 0) == text.n && str_find_byte(text, '/', 0) == text.n;
}

bool text_is_address(struct str value)
{
    int digits = 0; /* of a telephone number: in a row but for what stands between its parts */
    for (size_t i = 0; i < value.n; i++) {
        char c = value.p[i];
        if (c == '@' || (c == '#' && i + 1 < value.n && byte_is_alpha(value.p[i + 1])))
            return true;
        if (byte_is_digit(c))
            digits++;
        else if (c != ' ' && c != '-' && c != '(' && c != ')' && c != '.' && c != '+' && c != '/')
            digits = 0;
        if (digits >= 7)
            return true;
    }
    return str_find(value, "://", 0) < value.n;
}

/* "[@handle]", "[#channel]": an example of an address. */
static bool is_example(struct str address)
{
    static const char *const examples[] = {"name",  "handle",  "user",  "username", "channel",
                                           "slack", "email",   "phone", "team",     "person",
                                           "here",  "mention", NULL};
    struct str bare = address;
    while (bare.n && (bare.p[0] == '@' || bare.p[0] == '#'))
        bare = str_from(bare, 1);
    for (int i = 0; examples[i]; i++)
        if (str_is_nocase(bare, examples[i]))
            return true;
    return false;
}

/* "Vercel Support", and not "Team Lead Name": two words or more, as names are written. */
static bool is_name(struct str text)
{
    static const char *const blanks[] = {
        "name",    "phone", "email",  "your", "number", "contact", "person",  "address", "lead",
        "manager", "team",  "insert", "link", "url",    "here",    "details", "info",    NULL};
    struct str rest = text;
    struct str word;
    int count = 0;
    while (str_split(&rest, ' ', &word)) {
        if (word.n < 2 || word.p[0] < 'A' || word.p[0] > 'Z' || word.p[1] < 'a')
            return false;
        for (int i = 0; blanks[i]; i++)
            if (str_is_nocase(word, blanks[i]))
                return false;
        count++;
    }
    return count >= 2;
}

/* One way, in brackets: "[Slack: @oncall]", "[security@harbour.example]", "[NAME]". */
static void make_way(struct sentence *sentence, struct contact_statement contact,
                     struct str bracket)
{
    struct str way = str_trim(str_slice(bracket, 1, bracket.n - 1));
    size_t colon = str_find_byte(way, ':', 0);
    bool named = colon > 0 && colon < way.n && !str_starts(str_from(way, colon), "://");
    contact.address = named ? str_trim(str_from(way, colon + 1)) : way;
    contact.method = named ? str_trim(str_slice(way, 0, colon)) : way;
    contact.placeholder = !text_is_address(contact.address) ||
                          text_is_placeholder(contact.address) || is_example(contact.address) ||
                          is_example_domain(contact.address);
    if (contact.placeholder && !named && is_name(way)) {
        contact.who = way; /* "[Vercel Support]": somebody, and no way to them */
        contact.address = contact.method = (struct str){"", 0};
        contact.placeholder = false;
    } else if (contact.placeholder && !named && !text_is_address(way)) {
        contact.address = contact.method = bracket;
    }
    sentence_make(sentence, STATEMENT_CONTACT)->contact = contact;
}

/* "[Slack: @oncall] [Phone: +1-XXX-XXX-XXXX]": each bracket is a way. False when it is no such
 * list. */
static bool make_ways(struct sentence *sentence, const struct contact_statement *contact)
{
    struct str rest = contact->method;
    while (rest.n) {
        size_t close = str_find_byte(rest, ']', 0);
        if (rest.p[0] != '[' || close == rest.n)
            return false;
        make_way(sentence, *contact, str_slice(rest, 0, close + 1));
        rest = str_trim(str_from(rest, close + 1));
        if (rest.n && (rest.p[0] == ',' || rest.p[0] == '/' || rest.p[0] == '|'))
            rest = str_trim(str_from(rest, 1));
    }
    return true;
}

/* "@oncall (PagerDuty / Slack)": the address, and by what. */
static void split_method(struct contact_statement *contact)
{
    struct str said = contact->method;
    size_t open = str_find(said, " (", 0);
    struct str address = str_slice(said, 0, open);
    if (open == said.n || said.p[said.n - 1] != ')' || !text_is_address(address) ||
        str_find_byte(address, ' ', 0) < address.n)
        return;
    contact->address = address;
    contact->method = str_slice(said, open + 2, said.n - 1);
}

/* "Contact: support@harbour.example" is one wherever it stands. */
static bool is_contact_label(struct str label)
{
    static const char *const labels[] = {"contact", "contacts", "contact us", "point of contact",
                                         NULL};
    for (int i = 0; labels[i]; i++)
        if (str_is_nocase(label, labels[i]))
            return true;
    return false;
}

enum reading sentence_contact(struct sentence *sentence)
{
    const struct sentence_place *place = sentence->place;
    struct str text = sentence->text;
    size_t colon = str_find_byte(text, ':', 0);
    bool labelled = is_contact_label(str_slice(text, 0, colon));
    if (!place->in_list || place->ordered || place->box || colon == 0 || colon >= text.n ||
        colon > 60)
        return READ_NO;
    if (!labelled &&
        (!(place->path_sections & SECTION_CONTACT) || words_is_a(&sentence->words, 0, LEX_VERB)))
        return READ_NO;
    struct contact_statement contact = {.service = str_trim(str_slice(text, 0, colon)),
                                        .method = str_trim(str_from(text, colon + 1))};
    if (str_ends(contact.method, "."))
        contact.method.n--;
    contact.placeholder = text_is_placeholder(contact.method) || is_example_domain(contact.method);
    struct words method;
    words_parse(contact.method, &method);
    bool sentence_of_its_own = method.count > CONTACT_WORDS_MAX || words_is_a(&method, 0, LEX_VERB);
    if ((!text_is_address(contact.method) && !contact.placeholder) || sentence_of_its_own ||
        (labelled && str_find_byte(contact.method, ' ', 0) < contact.method.n))
        return READ_NO;
    if (labelled)
        contact.service = (struct str){"", 0}; /* of whom is not said */
    contact.who = contact.service;
    contact.address = contact.method;
    if (make_ways(sentence, &contact))
        return READ_YES;
    sentence->made_count = 0;
    split_method(&contact);
    sentence_make(sentence, STATEMENT_CONTACT)->contact = contact;
    return READ_YES;
}
