#include "signaling/app/admin_options.h"

#include "base/text.h"

int admin_complain(struct admin_call *call, const char *what, const char *which)
{
    writer_format(&call->out, "%s: --%s %s.\n", call->argv[0], which, what);
    return -1;
}

static const char *value_of(const struct admin_call *call, const char *name)
{
    for (int i = 1; i + 1 < call->argc; i += 2)
        if (strcmp(call->argv[i] + 2, name) == 0)
            return call->argv[i + 1];
    return NULL;
}

static bool is_option(const struct option *options, const char *argument)
{
    if (strncmp(argument, "--", 2) != 0)
        return false;
    for (; options->name; options++)
        if (strcmp(options->name, argument + 2) == 0)
            return true;
    return false;
}

static int option_take(struct admin_call *call, const struct option *option,
                       const char *value)
{
    bool *on = option->out;

    switch (option->type) {
    case OPTION_TEXT:
        if (!text_is_clean(slice_of_text(value), false) ||
            !text_copy(option->out, option->size, slice_of_text(value)))
            return admin_complain(call, "is too long or has control characters",
                                  option->name);
        return 0;
    case OPTION_ID:
        if (text_base64url_read(slice_of_text(value), option->out, ID_BYTES))
            return admin_complain(call, "wants an id of 22 characters",
                                  option->name);
        return 0;
    case OPTION_SWITCH:
        if (strcmp(value, "on") != 0 && strcmp(value, "off") != 0)
            return admin_complain(call, "is on or off", option->name);
        *on = strcmp(value, "on") == 0;
        return 0;
    }
    return -1;
}

int options_take(struct admin_call *call, const struct option *options)
{
    for (int i = 1; i < call->argc; i += 2) {
        if (!is_option(options, call->argv[i])) {
            writer_format(&call->out, "%s: there is no option %s.\n",
                          call->argv[0], call->argv[i]);
            return -1;
        }
        if (i + 1 == call->argc)
            return admin_complain(call, "wants a value", call->argv[i] + 2);
    }
    for (; options->name; options++) {
        const char *value = value_of(call, options->name);
        if (!value && !options->optional)
            return admin_complain(call, "is missing", options->name);
        if (value && option_take(call, options, value))
            return -1;
    }
    return 0;
}

void admin_print_id(struct admin_call *call, const char *word,
                    const uint8_t id[ID_BYTES])
{
    char text[ID_TEXT];

    text_base64url(slice(id, ID_BYTES), text);
    writer_format(&call->out, "%s %s", word, text);
}
