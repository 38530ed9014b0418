/* message.h - what a page says: a mail's subject and text, a webhook's JSON, a note, one line, what
 * is read aloud; of one incident or of many at once.
 *
 * Promises: pure text from given facts; every value is escaped by its writer; header lines have no
 * line breaks. Refuses: secrets, and links when there is no public_url (the command stands there).
 */
#ifndef PEOPLE_MESSAGE_H
#define PEOPLE_MESSAGE_H

#include "people/page.h"

enum {
    MESSAGE_BYTES_MAX = 16 * 1024,
    BUNDLE_BYTES_MAX = 120 * 1024,
    SUBJECT_BYTES_MAX = 200,
    BRIEF_BYTES_MAX = 1600 /* with a link of the longest address */
};

struct message_facts {
    const struct page *page;
    const struct incident *incident; /* NULL: a test */
    const struct severity_plan *plan;
    struct str value_text; /* "7.1 % of 1,204 requests in 1 min", or "" */
    struct str said; /* what alerts from elsewhere say, whole lines with their addresses, or "" */
    struct str rule_text;  /* the runbook's line, in its words, or "" */
    struct str ack_url;    /* with the token, or "" without public_url */
    struct str page_url;   /* of the incident, or "" without public_url */
    struct str checkpoint; /* newest signed note, or "" */
    struct instant now;
    bool replies; /* a short message may be answered by "ack 12" */
};

struct str message_subject(struct arena *arena, const struct message_facts *facts);
struct str message_text(struct arena *arena, const struct message_facts *facts);
struct str message_json(struct arena *arena, const struct message_facts *facts);
/* The text without what is only for keeping. */
struct str message_note(struct arena *arena, const struct message_facts *facts);
struct str message_brief(struct arena *arena, const struct message_facts *facts);
struct str message_spoken(struct arena *arena, const struct message_facts *facts);
struct str message_shaped(struct arena *arena, const struct message_facts *facts,
                          enum message_shape shape);

/* Pages that go together (bundle.h); each has its incident. */
struct message_bundle {
    const struct message_facts *items;
    size_t count; /* at least 2 */
};

struct str message_bundle_subject(struct arena *arena, const struct message_bundle *bundle);
/* Every incident with its link or command; one line and what is read aloud name the gravest, some
 * others, and how many more. */
struct str message_bundle_shaped(struct arena *arena, const struct message_bundle *bundle,
                                 enum message_shape shape);

/* The newest signed note, at the end of a mail; nothing where there is none. */
void message_add_checkpoint(struct text *text, struct str checkpoint);
/* The end of a page that nobody has to answer: why it came, whether it may come twice, the note. */
void message_add_end(struct text *text, const struct page *page, struct str checkpoint);

#endif
