/* multipart.h - the parts of a multipart/form-data body (RFC 7578), as browsers send forms with
 * files.
 *
 * Promises: every part between two boundaries, in order, as slices of the body; a part has a name.
 * Refuses: a body without its last boundary, parts without a name, more than
 * HTTP_PARTS_MAX parts, other dispositions than form-data. Pure. */
#ifndef HTTP_MULTIPART_H
#define HTTP_MULTIPART_H

#include "base/str.h"

enum { HTTP_PARTS_MAX = 40 };

struct http_part {
    struct str name;
    bool is_file;
    struct str file_name; /* as the browser says it; "" when no file was chosen */
    struct str data;
};

/* Is it the type of such a body? *out_boundary is a slice of it. */
MUST_USE bool http_multipart_is(struct str content_type, struct str *out_boundary);
/* At most HTTP_PARTS_MAX parts; false when the body is not whole. */
MUST_USE bool http_multipart_read(struct str body, struct str boundary, struct http_part *out_parts,
                                  size_t *out_count);

#endif
