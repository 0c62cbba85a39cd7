#include "media/sandbox.h"

#include "media/transport/srtp.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

static bool kernel_can(void)
{
    return syscall(SYS_landlock_create_ruleset, NULL, 0,
                   LANDLOCK_CREATE_RULESET_VERSION) > 0;
}

static bool denied(int fd)
{
    return fd < 0 && errno == EACCES;
}

/* What a process inside sees; its exit status names the first surprise. */
static int inside(const char *control, const char *file)
{
    const struct sandbox sandbox = { .control = control };
    struct rlimit cores;

    if (sandbox_close(&sandbox) != 0)
        return 1;
    if (!denied(open("/etc/passwd", O_RDONLY)))
        return 2;
    if (!denied(open(file, O_WRONLY | O_CREAT, 0600)))
        return 3;
    if (getrlimit(RLIMIT_CORE, &cores) != 0 || cores.rlim_max != 0)
        return 4;
    if (unlink(control) != 0)
        return 5;
    return 0;
}

static void no_file_can_be_opened_inside(void **state)
{
    char directory[] = "/tmp/vestibule-sandbox-XXXXXX";
    char control[64], file[64];
    int status, fd;
    pid_t child;

    (void)state;
    if (!kernel_can())
        skip();
    assert_non_null(mkdtemp(directory));
    snprintf(control, sizeof(control), "%s/control", directory);
    snprintf(file, sizeof(file), "%s/file", directory);
    fd = open(control, O_WRONLY | O_CREAT, 0600);
    assert_true(fd >= 0);
    close(fd);

    child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(inside(control, file));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_int_equal(rmdir(directory), 0);
}

/* Either profile's first session after the sandbox closed. */
static int session_inside(enum srtp_profile profile)
{
    const struct sandbox sandbox = { .control = "/tmp/nowhere" };
    const struct srtp_keys keys = { .profile = profile };
    struct srtp_in in;
    struct srtp_out out;

    if (srtp_start() != 0)
        return 1;
    if (sandbox_close(&sandbox) != 0)
        return 2;
    if (srtp_in_init(&in, &keys) != 0)
        return 3;
    if (srtp_out_init(&out, &keys) != 0)
        return 4;
    return 0;
}

static void sessions_begin_inside(void **state)
{
    const enum srtp_profile profiles[] = { SRTP_PROFILE_AES128_GCM,
                                           SRTP_PROFILE_AES128_CM_SHA1_80 };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        int status;
        pid_t child = fork();

        assert_true(child >= 0);
        if (child == 0)
            _exit(session_inside(profiles[i]));
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_file_can_be_opened_inside),
        cmocka_unit_test(sessions_begin_inside),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
