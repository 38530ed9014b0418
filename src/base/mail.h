/* mail.h - is a text the address of a mailbox, as people write it?
 *
 * Promises: pure; what is accepted can stand in a header, a command of SMTP and YAML as it is.
 * Refuses: names around the address, quoted local parts, what is not ASCII, more than one '@'. */
#ifndef BASE_MAIL_H
#define BASE_MAIL_H

#include "base/str.h"

enum { MAIL_ADDRESS_BYTES = 254 }; /* RFC 5321, 4.5.3.1.3, without its brackets */

/* "ana@shop.example": one '@' with something on both sides, visible ASCII without <>()[],;:\". */
bool mail_is_address(struct str s);

#endif
