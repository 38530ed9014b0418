/* identity.h - labels that say which process a series is of. */
#ifndef TELEMETRY_IDENTITY_H
#define TELEMETRY_IDENTITY_H

#include "telemetry/exposition.h"

/* What pushed series come with, and what a page is made of that others' series were gathered on:
 * there a host or a node may be what the program counts by. */
enum identity_kind { IDENTITY_OF_SENDER, IDENTITY_OF_PAGE };

/* Hash of the identity labels; 0: there are none. out_is_one: one of them tells one of several of
 * its kind apart, and does not only say where it runs, and who scraped it. */
uint64_t identity_hash(const struct label *labels, size_t count, enum identity_kind kind,
                       bool *out_is_one);
/* The same hash for NAME_total, NAME_count, NAME_bucket, … and NAME_created with the same labels,
 * le aside. */
uint64_t identity_of_made(struct str name, const struct label *labels, size_t count);

#endif
