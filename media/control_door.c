#include "media/control_door.h"

#include "base/log.h"
#include "media/sockets.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define WAITING_MAX 32 /* connections that nobody accepted yet */

/* ---- opening
 * ----------------------------------------------------------------- */

static bool somebody_answers(const struct sockaddr_un *name)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool answers;

    if (fd < 0)
        return false;
    answers = connect(fd, (const struct sockaddr *)name, sizeof(*name)) == 0;
    close(fd);
    return answers;
}

static int open_path(struct control_door *door)
{
    struct sockaddr_un name = { .sun_family = AF_UNIX };
    struct stat what;
    mode_t mask;
    int err = 0;

    if (strlen(door->path) >= sizeof(name.sun_path))
        return -ENAMETOOLONG;
    memcpy(name.sun_path, door->path, strlen(door->path) + 1);
    if (lstat(door->path, &what) == 0) {
        if (!S_ISSOCK(what.st_mode) || somebody_answers(&name))
            return -EADDRINUSE;
        (void)unlink(door->path);
    }
    door->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (door->fd < 0)
        return -errno;
    mask = umask(0177);
    if (bind(door->fd, (struct sockaddr *)&name, sizeof(name)) != 0 ||
        listen(door->fd, WAITING_MAX) != 0 ||
        (door->user != geteuid() &&
         chown(door->path, door->user, (gid_t)-1) != 0))
        err = -errno;
    umask(mask);
    return err;
}

static int open_port(struct control_door *door, const char *at)
{
    struct sockaddr_storage name = { 0 };
    struct address address;
    int one = 1;

    if (!sockets_parse(at, &address))
        return -EINVAL;
    socklen_t length = sockets_name(&address, &name);
    door->fd =
        socket(name.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (door->fd < 0 ||
        setsockopt(door->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) !=
            0 ||
        bind(door->fd, (struct sockaddr *)&name, length) != 0 ||
        listen(door->fd, WAITING_MAX) != 0)
        return -errno;
    return 0;
}

/* Without a certificate that signaling believes nobody would ever come. */
static int read_files(struct control_door *door,
                      const struct mutual_tls_files *files)
{
    char error[MUTUAL_TLS_ERROR_TEXT];
    int err = mutual_tls_new(files, &door->ctx, error);

    if (!err && !mutual_tls_is_good(door->ctx, MUTUAL_TLS_SERVER, error))
        err = -EINVAL;
    if (err)
        log_error("%s", error);
    else
        mutual_tls_rehearse(door->ctx);
    return err;
}

int control_door_open(const char *at, const struct mutual_tls_files *files,
                      uid_t user, struct control_door *out)
{
    struct control_door door = { .fd = -1, .user = user };
    int err;

    if (strncmp(at, CONTROL_TLS, strlen(CONTROL_TLS)) == 0) {
        err = read_files(&door, files);
        if (!err)
            err = open_port(&door, at + strlen(CONTROL_TLS));
    } else {
        door.path = at;
        err = open_path(&door);
    }
    if (err) {
        log_error("cannot listen control=%s errno=%d", at, -err);
        if (door.fd >= 0)
            close(door.fd);
        SSL_CTX_free(door.ctx);
        return err;
    }
    *out = door;
    return 0;
}

void control_door_close(struct control_door *door)
{
    close(door->fd);
    if (door->path)
        (void)unlink(door->path);
    SSL_CTX_free(door->ctx);
}

/* ---- who comes
 * --------------------------------------------------------------- */

static bool is_known(const struct control_door *door, int fd)
{
    struct ucred who;
    socklen_t length = sizeof(who);

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &length) != 0)
        return false;
    return who.uid == 0 || who.uid == door->user;
}

bool control_door_accept(const struct control_door *door,
                         struct control_visitor *out)
{
    struct sockaddr_storage from = { 0 };
    socklen_t length = sizeof(from);
    int one = 1;
    struct control_visitor visitor = {
        .fd = accept4(door->fd, (struct sockaddr *)&from, &length,
                      SOCK_NONBLOCK | SOCK_CLOEXEC),
    };
    bool may;

    if (visitor.fd < 0)
        return false;
    if (door->path) {
        may = is_known(door, visitor.fd);
    } else {
        (void)setsockopt(visitor.fd, IPPROTO_TCP, TCP_NODELAY, &one,
                         sizeof(one));
        visitor.from = sockets_address((struct sockaddr *)&from);
        visitor.tls =
            mutual_tls_begin(door->ctx, MUTUAL_TLS_SERVER, visitor.fd);
        may = visitor.tls != NULL;
    }
    if (!may) {
        log_limited(LOG_LEVEL_WARNING, "control connection refused");
        close(visitor.fd);
        return false;
    }
    *out = visitor;
    return true;
}
