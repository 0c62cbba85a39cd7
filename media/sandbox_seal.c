/* sandbox, the part that closes the kernel's other doors: system calls. */
#include "media/sandbox.h"

#include "base/log.h"

#include <errno.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#ifdef __SANITIZE_ADDRESS__
#define LOOKED_AT_BY_SANITIZER true
#else
#define LOOKED_AT_BY_SANITIZER false
#endif

/*
 * What a call needs once everything is open, and nothing else: no file, no
 * program, no thread or process, no socket of our own making. A name that an
 * architecture does not know is left out there.
 */
static const char *const needed[] = {
    /* packets, and the connections that others make to us */
    "read", "write", "readv", "writev", "recvfrom", "recvmsg", "recvmmsg",
    "sendto", "sendmsg", "sendmmsg", "accept4", "getsockname", "getsockopt",
    "setsockopt", "shutdown", "close",
    /* waiting */
    "poll", "ppoll", "epoll_wait", "epoll_pwait", "epoll_ctl", "futex",
    "nanosleep", "clock_nanosleep", "restart_syscall", "sched_yield",
    /* time and chance */
    "clock_gettime", "gettimeofday", "time", "getrandom",
    /* memory; without executable pages, see below */
    "brk", "munmap", "mremap", "madvise",
    /* a thread's own beginning, which may still be under way */
    "rseq", "set_robust_list",
    /* the end: of a thread, of the process, of the control socket's name */
    "exit", "exit_group", "unlink", "unlinkat", "rt_sigprocmask",
    "rt_sigaction", "rt_sigreturn", "getpid", "gettid", "tgkill", "membarrier"
};

/* The leak check at the end forks, looks at our memory and writes a report. */
static const char *const sanitizer_needs[] = {
    "openat",      "open",
    "readlink",    "readlinkat",
    "getdents",    "getdents64",
    "lseek",       "fstat",
    "newfstatat",  "stat",
    "clone",       "clone3",
    "wait4",       "ptrace",
    "prctl",       "arch_prctl",
    "sigaltstack", "sched_getaffinity",
    "kill",        "getppid",
    "getuid",      "geteuid",
    "getgid",      "getegid",
    "dup",         "dup2",
    "fcntl",       "ioctl",
    "getrlimit",   "prlimit64",
    "setrlimit",   "sysinfo",
    "uname",       "set_robust_list",
    "rseq",        "getcwd",
    "getrusage",   "process_vm_readv",
    "access",      "faccessat",
};

static int allow(scmp_filter_ctx filter, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int number = seccomp_syscall_resolve_name(names[i]);
        int err = number < 0
                      ? 0
                      : seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0);

        if (err)
            return err;
    }
    return 0;
}

/* Pages that can be run must have been there at the start. */
static int allow_memory(scmp_filter_ctx filter)
{
    static const int calls[] = { SCMP_SYS(mmap), SCMP_SYS(mprotect) };
    int err = 0;

    for (size_t i = 0; i < 2 && !err; i++)
        err = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 1,
                               SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    return err;
}

static int fill(scmp_filter_ctx filter)
{
    int err = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);

    if (!err)
        err = allow(filter, needed, sizeof(needed) / sizeof(needed[0]));
    if (!err)
        err = allow_memory(filter);
    if (!err && LOOKED_AT_BY_SANITIZER)
        err = allow(filter, sanitizer_needs,
                    sizeof(sanitizer_needs) / sizeof(sanitizer_needs[0]));
    return err;
}

int sandbox_seal(void)
{
    scmp_filter_ctx filter;
    int err;

    if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) < 0) {
        log_warning("all system calls stay open to us kernel=no_seccomp");
        return 0;
    }
    /* An error, not a signal: one refused call must not end all calls. */
    filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (!filter)
        return -ENOMEM;
    err = fill(filter);
    if (!err)
        err = seccomp_load(filter);
    seccomp_release(filter);
    return err;
}
