/* mail.c - what an address looks like. */
#include "base/mail.h"

bool mail_is_address(struct str s)
{
    static const char never[] = "<>()[],;:\\\"";
    size_t at = str_find_byte(s, '@', 0);
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c <= ' ' || c >= 0x7f || memchr(never, c, sizeof never - 1))
            return false;
    }
    return s.n <= MAIL_ADDRESS_BYTES && at > 0 && at + 1 < s.n &&
           str_find_byte(s, '@', at + 1) == s.n;
}
