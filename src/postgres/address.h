/* address.h - where a database is: an address like postgresql://user:password@host:5432/database.
 *
 * Promises: what address_shown writes holds host, port, database and user, and never a password;
 * address_scrub takes the password out of what others say.
 * Refuses: addresses in which a password could stand where host, port or database are read (a raw
 * @, / or ? in it); addresses of other kinds. No sentence repeats the address. */
#ifndef POSTGRES_ADDRESS_H
#define POSTGRES_ADDRESS_H

#include "base/text.h"

enum { ADDRESS_OPTIONS_MAX = 32, ADDRESS_BYTES_MAX = 4096 };

struct address_option {
    struct str name, value;
};

struct address {
    struct str user, password; /* "" when not given */
    struct str host, port;     /* several are parted by commas; host "": the machine's own socket */
    struct str database;       /* "" when not given: as the user is called */
    struct address_option options[ADDRESS_OPTIONS_MAX]; /* sslmode, … */
    size_t option_count;
};

/* name: what the address is called in sentences, "services.database.url". */
MUST_USE bool address_read(struct arena *arena, const char *name, struct str text,
                           struct address *out_address, struct err *err);
/* The option's value, or "". */
struct str address_option(const struct address *address, const char *name);
/* "db.example.com:5432" */
struct str address_place(struct arena *arena, const struct address *address);
/* "db.example.com:5432, database shop, user app" */
struct str address_shown(struct arena *arena, const struct address *address);
/* s with every occurrence of the password, and of what stands in quotes behind the word PASSWORD
 * (as in CREATE ROLE, which pg_stat_statements keeps), as "(secret)"; s itself when there is none.
 */
struct str address_hide(struct arena *arena, const struct address *address, struct str s);
/* s with every occurrence of the password as "(secret)"; one clean line. */
struct str address_scrub(struct arena *arena, const struct address *address, struct str s);

#endif
