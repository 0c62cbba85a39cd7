#include "signaling/app/admin.h"

#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include "signaling/app/admin_file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define REQUEST_MAX  16384 /* bytes: arguments, each with its terminator */
#define PASSWORD_MAX 256
#define PASSWORD_MIN 8 /* characters; ours */

struct admin {
    struct app *app;
    char public_url[256];
    char path[108];
    ev_io accepts;
};

/* One command that came over the socket: arguments until the other side has
 * finished writing, with an open file beside them if the command has one; then
 * the status as a digit, and what to print. */
struct visitor {
    struct admin *admin;
    int socket;
    int file; /* -1: none */
    ev_io readable;
    size_t length;
    char request[REQUEST_MAX];
    const struct admin_command *command;
    struct admin_call call;
    int status;
    uint8_t output[ADMIN_OUTPUT_MAX];
};

bool admin_knows(const char *name)
{
    return admin_command_find(name) != NULL;
}

const char *admin_usage(void)
{
    static char usage[2048];
    struct writer out = writer_into(usage, sizeof(usage) - 1);

    for (const struct admin_command *command = admin_commands; command->name;
         command++)
        writer_format(&out, "  %-17s %s\n", command->name, command->usage);
    usage[out.length] = '\0';
    return usage;
}

/* ---- in the server --------------------------------------------------------
 */

static void visitor_free(struct visitor *visitor)
{
    ev_io_stop(visitor->admin->app->loop, &visitor->readable);
    close(visitor->socket);
    if (visitor->file >= 0)
        close(visitor->file);
    if (visitor->call.file)
        (void)fclose(visitor->call.file);
    free(visitor);
}

static void visitor_answer(struct visitor *visitor)
{
    char status = visitor->status == 0 ? '0' : '1';
    struct slice out = slice(visitor->output, visitor->call.out.length);

    /* Small enough for the socket's buffer; who does not read loses it. */
    if (send(visitor->socket, &status, 1, MSG_NOSIGNAL | MSG_MORE) == 1 &&
        out.length > 0)
        (void)!send(visitor->socket, out.data, out.length, MSG_NOSIGNAL);
    visitor_free(visitor);
}

static void on_reloaded(void *arg, int status)
{
    struct visitor *visitor = arg;

    if (status < 0)
        log_error("directory_reload error=%d", -status);
    visitor_answer(visitor);
}

static void on_done(void *arg, int status)
{
    struct visitor *visitor = arg;

    visitor->status = status < 0 ? -1 : 0;
    if (status < 0 && visitor->call.out.length == 0)
        writer_format(&visitor->call.out, "%s: it could not be stored (%s).\n",
                      visitor->command->name, strerror(-status));
    if (visitor->command->changes && visitor->status == 0)
        directory_reload(visitor->admin->app->directory, on_reloaded, visitor);
    else
        visitor_answer(visitor);
}

static int on_run(struct reader_of_store *store, void *arg)
{
    struct visitor *visitor = arg;

    return visitor->command->run(store, &visitor->call);
}

static bool split(struct visitor *visitor)
{
    size_t at = 0;

    while (at < visitor->length && visitor->call.argc < ADMIN_ARGUMENTS_MAX) {
        const char *argument = visitor->request + at;
        size_t length = strnlen(argument, visitor->length - at);
        if (length == visitor->length - at)
            return false; /* its terminator is missing */
        visitor->call.argv[visitor->call.argc++] = argument;
        at += length + 1;
    }
    return visitor->call.argc > 0 && at == visitor->length;
}

static void visitor_run(struct visitor *visitor)
{
    struct admin *admin = visitor->admin;

    visitor->call.keys = &admin->app->keys;
    visitor->call.public_url = admin->public_url;
    visitor->call.out = writer_into(visitor->output, sizeof(visitor->output));
    if (split(visitor))
        visitor->command = admin_command_find(visitor->call.argv[0]);
    if (!visitor->command || visitor->command->alone) {
        visitor_free(visitor);
        return;
    }
    if (visitor->file >= 0)
        visitor->call.file =
            admin_file_stream(visitor->command->file, visitor->file);
    visitor->file = -1;
    log_notice("admin command=%s", visitor->command->name);
    if (visitor->command->changes)
        store_change(admin->app->store, on_run, on_done, visitor);
    else
        store_ask(admin->app->store, on_run, on_done, visitor);
}

/* Bytes of the request, and the file that comes with one of them. */
static ssize_t receive(struct visitor *visitor)
{
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec bytes = { visitor->request + visitor->length,
                           sizeof(visitor->request) - visitor->length };
    struct msghdr message = { .msg_iov = &bytes,
                              .msg_iovlen = 1,
                              .msg_control = &control,
                              .msg_controllen = sizeof(control) };
    ssize_t got =
        recvmsg(visitor->socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    struct cmsghdr *with = got > 0 ? CMSG_FIRSTHDR(&message) : NULL;

    if (with && with->cmsg_level == SOL_SOCKET &&
        with->cmsg_type == SCM_RIGHTS) {
        if (visitor->file >= 0)
            close(visitor->file);
        memcpy(&visitor->file, CMSG_DATA(with), sizeof(int));
    }
    return got;
}

static void on_readable(struct ev_loop *loop, ev_io *watcher, int events)
{
    struct visitor *visitor = watcher->data;
    ssize_t got = receive(visitor);

    (void)events;
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got < 0 || (got > 0 && visitor->length + (size_t)got ==
                                   sizeof(visitor->request))) {
        visitor_free(visitor);
        return;
    }
    if (got > 0) {
        visitor->length += (size_t)got;
        return;
    }
    ev_io_stop(loop, watcher);
    visitor_run(visitor);
}

static bool is_ours(int socket)
{
    struct ucred peer;
    socklen_t length = sizeof(peer);

    return getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 &&
           (peer.uid == 0 || peer.uid == geteuid());
}

static void on_accept(struct ev_loop *loop, ev_io *watcher, int events)
{
    struct admin *admin = watcher->data;
    int socket = accept4(watcher->fd, NULL, NULL, SOCK_CLOEXEC);

    (void)events;
    if (socket < 0)
        return;
    struct visitor *visitor =
        is_ours(socket) ? calloc(1, sizeof(*visitor)) : NULL;
    if (!visitor) {
        close(socket);
        return;
    }
    visitor->admin = admin;
    visitor->socket = socket;
    visitor->file = -1;
    ev_io_init(&visitor->readable, on_readable, socket, EV_READ);
    visitor->readable.data = visitor;
    ev_io_start(loop, &visitor->readable);
}

static int socket_address(const char *path, struct sockaddr_un *out)
{
    *out = (struct sockaddr_un){ .sun_family = AF_UNIX };
    if (!text_copy(out->sun_path, sizeof(out->sun_path), slice_of_text(path)))
        return -ENAMETOOLONG;
    return 0;
}

static int listen_at(const char *path)
{
    struct sockaddr_un address;
    int err = socket_address(path, &address);

    if (err)
        return err;
    int socket_fd =
        socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (socket_fd < 0)
        return -errno;
    (void)unlink(path); /* of a server that was killed; the store is locked */
    mode_t before = umask(0177);
    bool bound =
        bind(socket_fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
        listen(socket_fd, 8) == 0;
    err = -errno;
    (void)umask(before);
    if (bound)
        return socket_fd;
    close(socket_fd);
    return err;
}

int admin_new(struct app *app, const char *path, const char *public_url,
              struct admin **out)
{
    struct admin *admin = calloc(1, sizeof(*admin));

    assert(admin);
    int listener = listen_at(path);
    if (listener < 0) {
        free(admin);
        return listener;
    }
    admin->app = app;
    (void)text_copy(admin->path, sizeof(admin->path), slice_of_text(path));
    (void)text_copy(admin->public_url, sizeof(admin->public_url),
                    slice_of_text(public_url));
    ev_io_init(&admin->accepts, on_accept, listener, EV_READ);
    admin->accepts.data = admin;
    ev_io_start(app->loop, &admin->accepts);
    *out = admin;
    return 0;
}

void admin_free(struct admin *admin)
{
    if (!admin)
        return;
    ev_io_stop(admin->app->loop, &admin->accepts);
    close(admin->accepts.fd);
    (void)unlink(admin->path);
    free(admin);
}

/* ---- the command line -----------------------------------------------------
 */

/* Standard input's first line as an argon2id hash. */
static int password_hash(char *out, size_t size)
{
    char password[PASSWORD_MAX];

    if (!fgets(password, sizeof(password), stdin))
        password[0] = '\0';
    password[strcspn(password, "\r\n")] = '\0';
    if (strlen(password) < PASSWORD_MIN) {
        fprintf(stderr,
                "vestibule: the password on standard input needs at least %d "
                "characters.\n",
                PASSWORD_MIN);
        return -EINVAL;
    }
    int err = account_hash(password, out, size);
    secret_wipe(password, sizeof(password));
    return err;
}

/* One argument, and beside it the file if there is one. */
static void send_argument(int server, const char *argument, int file)
{
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec bytes = { (void *)(uintptr_t)argument, strlen(argument) + 1 };
    struct msghdr message = { .msg_iov = &bytes, .msg_iovlen = 1 };

    if (file >= 0) {
        message.msg_control = &control;
        message.msg_controllen = sizeof(control);
        control.header.cmsg_level = SOL_SOCKET;
        control.header.cmsg_type = SCM_RIGHTS;
        control.header.cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(&control.header), &file, sizeof(int));
    }
    (void)!sendmsg(server, &message, MSG_NOSIGNAL);
}

/* -ENOENT: no server listens there. Else the status to exit with. */
static int ask_server(const char *path, const struct admin_call *call, int file)
{
    struct sockaddr_un address;
    int err = socket_address(path, &address);

    if (err)
        return err;
    int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (server < 0)
        return -errno;
    if (connect(server, (struct sockaddr *)&address, sizeof(address))) {
        close(server);
        return -ENOENT;
    }
    for (int i = 0; i < call->argc; i++)
        send_argument(server, call->argv[i], i == 0 ? file : -1);
    (void)shutdown(server, SHUT_WR);

    char status = '1';
    char part[4096];
    ssize_t got = recv(server, &status, 1, 0);
    FILE *to = status == '0' ? stdout : stderr;
    if (got != 1)
        fprintf(stderr, "vestibule: the server did not answer.\n");
    while (got > 0 && (got = recv(server, part, sizeof(part), 0)) > 0)
        (void)fwrite(part, 1, (size_t)got, to);
    close(server);
    return status == '0' ? 0 : 1;
}

struct direct {
    const struct admin_command *command;
    struct admin_call *call;
};

static int run_direct(struct reader_of_store *store, void *arg)
{
    struct direct *direct = arg;

    return direct->command->run(store, direct->call);
}

/* No server: this process opens the database itself. */
static int open_and_run(struct direct *direct, struct app_options *options)
{
    static uint8_t output[ADMIN_OUTPUT_MAX];
    struct store_options with = { .url = options->database };
    struct store *store;
    struct link_keys keys;
    uint8_t house_key[32];
    char error[256] = "";

    memcpy(with.master_key, options->master_key, sizeof(with.master_key));
    int err = store_open(&with, &store, error, sizeof(error));
    if (err) {
        fprintf(stderr, "vestibule: %s\n", error);
        return 1;
    }
    store_house_key(store, house_key);
    link_keys_init(&keys, slice(house_key, sizeof(house_key)));
    direct->call->keys = &keys;
    direct->call->out = writer_into(output, sizeof(output));
    err = direct->command->changes ? store_change_now(store, run_direct, direct)
                                   : store_ask_now(store, run_direct, direct);
    if (err < 0 && direct->call->out.length == 0)
        fprintf(stderr, "vestibule: it could not be stored (%s).\n",
                strerror(-err));
    (void)fwrite(output, 1, direct->call->out.length,
                 err < 0 ? stderr : stdout);
    secret_wipe(&keys, sizeof(keys));
    secret_wipe(house_key, sizeof(house_key));
    store_close(store);
    return err < 0 ? 1 : 0;
}

/* The server's socket, or the database itself. */
static int run_somewhere(struct admin_call *call,
                         const struct admin_command *command,
                         const struct admin_file *file,
                         struct app_options *options)
{
    struct direct direct = { .command = command, .call = call };
    int status = options->admin_socket && !command->alone
                     ? ask_server(options->admin_socket, call, file->descriptor)
                     : -1;

    if (status >= 0)
        return status;
    if (file->descriptor >= 0)
        call->file = admin_file_stream(file->use, dup(file->descriptor));
    status = open_and_run(&direct, options);
    if (call->file)
        (void)fclose(call->file);
    return status;
}

int admin_main(int argc, char **argv, struct app_options *options)
{
    const struct admin_command *command = admin_command_find(argv[0]);
    char hash[128];
    struct admin_call call = { .public_url = options->public_url };
    struct admin_file file;

    if (argc + 2 > ADMIN_ARGUMENTS_MAX) {
        fprintf(stderr, "vestibule: too many arguments.\n");
        return 2;
    }
    for (int i = 0; i < argc; i++)
        call.argv[call.argc++] = argv[i];
    if (command->password) {
        if (password_hash(hash, sizeof(hash)))
            return 2;
        call.argv[call.argc++] = "--password-hash";
        call.argv[call.argc++] = hash;
    }
    if (admin_file_open(&file, command, &call))
        return 2;
    return admin_file_finish(&file,
                             run_somewhere(&call, command, &file, options));
}
