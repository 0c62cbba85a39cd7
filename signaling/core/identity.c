#include "signaling/core/identity.h"

#include "base/text.h"

bool identity_phone_is_valid(const char *phone)
{
    size_t length = strlen(phone);

    if (length == 0)
        return true;
    if (phone[0] != '+' || length < 9 || length > 16)
        return false;
    return strspn(phone + 1, "0123456789") == length - 1;
}

/* One @ with something on both sides, a dot behind it, and nothing that could
 * end a header line; delivery is the real test. */
bool identity_mail_is_valid(const char *mail)
{
    if (mail[0] == '\0')
        return true;

    const char *at = strchr(mail, '@');
    if (!at || at == mail || strchr(at + 1, '@'))
        return false;
    const char *dot = strrchr(at, '.');
    if (!dot || dot == at + 1 || dot[1] == '\0')
        return false;
    return strcspn(mail, " ,;:<>()[]\\\"\t\r\n") == strlen(mail);
}

bool identity_name_is_valid(const char *name)
{
    return name[0] != '\0' && name[0] != ' ' &&
           text_is_clean(slice_of_text(name), false);
}

bool identity_is_valid(const struct identity *identity)
{
    return identity_name_is_valid(identity->family) &&
           identity_name_is_valid(identity->given) &&
           date_is_real(identity->birth) &&
           identity_phone_is_valid(identity->mobile) &&
           identity_mail_is_valid(identity->mail);
}
