#include "signaling/app/admin_commands.h"

#include "base/secret.h"
#include "base/text.h"
#include "signaling/app/admin_options.h"
#include "signaling/app/admin_record.h"
#include "signaling/app/record.h"
#include "signaling/store/directory.h"

#include <errno.h>

/* A change that the store refuses is a name or an id that does not fit. */
static int put_answer(struct admin_call *call, int err, const char *word,
                      const uint8_t id[ID_BYTES])
{
    if (err < 0) {
        writer_format(&call->out,
                      "%s: the store refused it (%s). Does the clinic or "
                      "practitioner exist, is the name new?\n",
                      call->argv[0], strerror(-err));
        return -1;
    }
    admin_print_id(call, word, id);
    writer_text(&call->out, "\n");
    return 0;
}

/* ---- adding ---------------------------------------------------------------
 */

static int add_clinic(struct reader_of_store *store, struct admin_call *call)
{
    struct clinic clinic = { .locale = "fr",
                             .time_zone = "Europe/Paris",
                             .payment_key = true };
    const struct option options[] = {
        TEXT("name", clinic.name),
        TEXT("phone", clinic.phone),
        TEXT("address", clinic.address),
        OPTIONAL_TEXT("locale", clinic.locale),
        OPTIONAL_TEXT("time-zone", clinic.time_zone),
        { "payment-key", OPTION_SWITCH, &clinic.payment_key, 0, true },
        { .name = NULL },
    };

    if (options_take(call, options))
        return -1;
    if (!identity_phone_is_valid(clinic.phone))
        return admin_complain(call, "begins with + and the country's code",
                              "phone");
    secret_random(clinic.id.bytes, ID_BYTES);
    return put_answer(call, directory_put_clinic(store, &clinic), "clinic",
                      clinic.id.bytes);
}

static int add_practitioner(struct reader_of_store *store,
                            struct admin_call *call)
{
    struct practitioner practitioner = { .quality = "" };
    const struct option options[] = {
        ID("clinic", practitioner.clinic),
        TEXT("name", practitioner.name),
        TEXT("quality", practitioner.quality),
        TEXT("speciality", practitioner.speciality),
        TEXT("identifier", practitioner.identifier),
        TEXT("address", practitioner.address),
        TEXT("phone", practitioner.phone),
        TEXT("mail", practitioner.mail),
        { .name = NULL },
    };

    if (options_take(call, options))
        return -1;
    if (strspn(practitioner.identifier, "0123456789") != 11 ||
        strlen(practitioner.identifier) != 11)
        return admin_complain(call, "is the RPPS number, 11 digits",
                              "identifier");
    secret_random(practitioner.id.bytes, ID_BYTES);
    return put_answer(call, directory_put_practitioner(store, &practitioner),
                      "practitioner", practitioner.id.bytes);
}

static int add_staff(struct reader_of_store *store, struct admin_call *call)
{
    struct staff staff = { .role = ROLE_SECRETARY };
    char role[16] = "";
    const struct option options[] = {
        ID("clinic", staff.clinic),
        TEXT("role", role),
        TEXT("login", staff.login),
        TEXT("name", staff.name),
        { "practitioner", OPTION_ID, staff.practitioner.bytes, ID_BYTES, true },
        TEXT("password-hash", staff.password_hash),
        { .name = NULL },
    };

    if (options_take(call, options))
        return -1;
    if (strcmp(role, "doctor") == 0)
        staff.role = ROLE_DOCTOR;
    else if (strcmp(role, "secretary") != 0)
        return admin_complain(call, "is doctor or secretary", "role");
    if (staff.role == ROLE_DOCTOR &&
        practitioner_id_is_none(staff.practitioner))
        return admin_complain(call, "is missing: whose agenda is it",
                              "practitioner");
    secret_random(staff.id.bytes, ID_BYTES);
    return put_answer(call, directory_put_staff(store, &staff), "staff",
                      staff.id.bytes);
}

static int add_reason(struct reader_of_store *store, struct admin_call *call)
{
    struct practitioner_id practitioner;
    char reason[REASON_TEXT];
    const struct option options[] = {
        ID("practitioner", practitioner),
        TEXT("reason", reason),
        { .name = NULL },
    };

    if (options_take(call, options))
        return -1;
    return put_answer(call, directory_put_reason(store, practitioner, reason),
                      "reason", practitioner.bytes);
}

/* ---- staff that is there --------------------------------------------------
 */

struct staff_search {
    const char *login;
    struct staff found;
};

static int staff_match(void *arg, const struct staff *staff)
{
    struct staff_search *search = arg;

    if (strcmp(staff->login, search->login) != 0)
        return 0;
    search->found = *staff;
    return 1;
}

static int change_staff(struct reader_of_store *store, struct admin_call *call,
                        const char *login, const char *password_hash)
{
    struct staff_search search = { .login = login };

    if (directory_staff(store, staff_match, &search) != 1)
        return admin_complain(call, "names nobody", "login");
    if (password_hash)
        (void)text_copy(search.found.password_hash,
                        sizeof(search.found.password_hash),
                        slice_of_text(password_hash));
    search.found.disabled = !password_hash;
    return put_answer(call, directory_put_staff(store, &search.found), "staff",
                      search.found.id.bytes);
}

static int set_password(struct reader_of_store *store, struct admin_call *call)
{
    char login[64];
    char hash[128];
    const struct option options[] = {
        TEXT("login", login),
        TEXT("password-hash", hash),
        { .name = NULL },
    };

    if (options_take(call, options))
        return -1;
    return change_staff(store, call, login, hash);
}

static int disable_staff(struct reader_of_store *store, struct admin_call *call)
{
    char login[64];
    const struct option options[] = {
        TEXT("login", login),
        { .name = NULL },
    };

    if (options_take(call, options))
        return -1;
    return change_staff(store, call, login, NULL);
}

/* ---- looking --------------------------------------------------------------
 */

static int list_clinic(void *arg, const struct clinic *clinic)
{
    struct admin_call *call = arg;

    admin_print_id(call, "clinic", clinic->id.bytes);
    writer_format(&call->out, " %s\n", clinic->name);
    return 0;
}

static int list_practitioner(void *arg, const struct practitioner *practitioner)
{
    struct admin_call *call = arg;

    admin_print_id(call, "practitioner", practitioner->id.bytes);
    writer_format(&call->out, " %s\n", practitioner->name);
    return 0;
}

static int list_staff(void *arg, const struct staff *staff)
{
    struct admin_call *call = arg;

    admin_print_id(call, "staff", staff->id.bytes);
    writer_format(&call->out, " %s %s%s\n", role_names[staff->role],
                  staff->login, staff->disabled ? " (disabled)" : "");
    return 0;
}

static int list_reason(void *arg, struct practitioner_id practitioner,
                       const char *reason)
{
    struct admin_call *call = arg;

    admin_print_id(call, "reason", practitioner.bytes);
    writer_format(&call->out, " %s\n", reason);
    return 0;
}

static int list(struct reader_of_store *store, struct admin_call *call)
{
    int err = directory_clinics(store, list_clinic, call);

    if (!err)
        err = directory_practitioners(store, list_practitioner, call);
    if (!err)
        err = directory_staff(store, list_staff, call);
    if (!err)
        err = directory_reasons(store, list_reason, call);
    return err ? -1 : 0;
}

static int fold(void *arg, const struct stored_event *stored)
{
    struct consultation *visit = arg;
    struct event event = {
        .at_ms = stored->at_ms,
        .role = stored->role,
        .staff = stored->staff,
    };
    enum event_kind kind = event_of_name(stored->kind);

    if (kind == EVENT_KINDS)
        return -EBADMSG;
    int err = record_read(stored->record, kind, &event);
    if (err)
        return err;
    event.kind = kind;
    consultation_apply(visit, &event);
    return 0;
}

/* For the telephone, and for demonstrations: the link as it is now. */
static int print_link(struct reader_of_store *store, struct admin_call *call)
{
    struct consultation_id id;
    const struct option options[] = {
        ID("consultation", id),
        { .name = NULL },
    };
    struct consultation visit;
    struct stream_id stream = { .kind = STREAM_CONSULTATION };

    if (options_take(call, options))
        return -1;
    consultation_init(&visit, id);
    memcpy(stream.bytes, id.bytes, ID_BYTES);
    if (read_stream(store, stream, 0, fold, &visit) || visit.seq == 0)
        return admin_complain(call, "names no visit that can be read",
                              "consultation");
    struct link link = { .visit = id, .generation = visit.link_generation };
    char token[LINK_TOKEN_TEXT];
    char code[LINK_CODE_TEXT];
    link_token(call->keys, &link, token);
    link_code(call->keys, &link, code);
    writer_format(&call->out, "link %s/v/%s\ncode %s\n", call->public_url,
                  token, code);
    return 0;
}

const struct admin_command admin_commands[] = {
    { "add-clinic",
      "--name N --phone +33… --address A [--locale fr] "
      "[--time-zone Europe/Paris] [--payment-key on|off]",
      true, false, false, add_clinic, ADMIN_FILE_NONE },
    { "add-practitioner",
      "--clinic ID --name N --quality Q --speciality S --identifier RPPS "
      "--address A --phone +33… --mail M",
      true, false, false, add_practitioner, ADMIN_FILE_NONE },
    { "add-staff",
      "--clinic ID --role doctor|secretary --login L --name N "
      "[--practitioner ID]   (password on standard input)",
      true, true, false, add_staff, ADMIN_FILE_NONE },
    { "set-password", "--login L   (password on standard input)", true, true,
      false, set_password, ADMIN_FILE_NONE },
    { "disable-staff", "--login L", true, false, false, disable_staff,
      ADMIN_FILE_NONE },
    { "add-reason", "--practitioner ID --reason R", true, false, false,
      add_reason, ADMIN_FILE_NONE },
    { "list", "", false, false, false, list, ADMIN_FILE_NONE },
    { "link", "--consultation ID", false, false, false, print_link,
      ADMIN_FILE_NONE },
    { "verify", "[--heads FILE --heads-key PUBLIC.pem]", false, false, false,
      admin_verify, ADMIN_FILE_CHECKS },
    { "heads", "--to FILE --key PRIVATE.pem", false, false, false, admin_heads,
      ADMIN_FILE_SIGNS },
    { "rewrap-keys", "--to MASTER-KEY   (when no server runs)", true, false,
      true, admin_rewrap, ADMIN_FILE_NONE },
    { "reconcile", "   (asks the payment provider now, not within the hour)",
      true, false, false, admin_reconcile, ADMIN_FILE_NONE },
    { .name = NULL },
};

const struct admin_command *admin_command_find(const char *name)
{
    for (const struct admin_command *command = admin_commands; command->name;
         command++)
        if (strcmp(command->name, name) == 0)
            return command;
    return NULL;
}
