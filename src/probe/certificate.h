/* certificate.h - the dates of certificates as OpenSSL writes them. */
#ifndef PROBE_CERTIFICATE_H
#define PROBE_CERTIFICATE_H

#include "base/instant.h"

/* "Nov  9 08:07:06 2027 GMT" in seconds since 1970; false for anything else. */
MUST_USE bool certificate_date(struct str text, int64_t *out_s);

#endif
