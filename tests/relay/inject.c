/*
 * inject PID FILE [NAME]: makes each thread of a process ask the kernel for
 * what an attacker inside it would ask for, and prints what the kernel said:
 * one line "NAME THREAD RESULT" a try. FILE is a path that the calls name. The
 * process goes on as if nothing had happened. Linux on x86-64.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATH 1 /* stands for the address of FILE in the process */
#define NAME 2 /* of a socket address with FILE in it */
#define INET 3 /* of 127.0.0.1, port 9 */

struct
try {
    const char *name;
    long number;
    struct {
        int pointer; /* PATH, NAME, INET, or 0 */
        long value;
    } arguments[6];
};

#define P                                                                      \
    {                                                                          \
        PATH, 0                                                                \
    }
#define V(v)                                                                   \
    {                                                                          \
        0, (long)(v)                                                           \
    }
#define A(a)                                                                   \
    {                                                                          \
        a, 0                                                                   \
    }

static const struct try tries[] = {
    { "open", SYS_open, { P, V(O_RDONLY) } },
    { "open_write", SYS_open, { P, V(O_WRONLY | O_CREAT), V(0600) } },
    { "openat", SYS_openat, { V(AT_FDCWD), P, V(O_RDONLY) } },
    { "openat2", SYS_openat2, { V(AT_FDCWD), P, P, V(24) } },
    { "creat", SYS_creat, { P, V(0600) } },
    { "memfd_create", SYS_memfd_create, { P, V(MFD_CLOEXEC) } },
    { "unlink", SYS_unlink, { P } },
    { "rename", SYS_rename, { P, P } },
    { "link", SYS_link, { P, P } },
    { "symlink", SYS_symlink, { P, P } },
    { "mkdir", SYS_mkdir, { P, V(0700) } },
    { "chmod", SYS_chmod, { P, V(0777) } },
    { "truncate", SYS_truncate, { P, V(0) } },
    { "readlink", SYS_readlink, { P, P, V(8) } },
    { "stat", SYS_stat, { P, A(NAME) } },
    { "chroot", SYS_chroot, { P } },
    { "chdir", SYS_chdir, { P } },
    { "mount", SYS_mount, { P, P, P } },
    { "unshare", SYS_unshare, { V(CLONE_NEWUSER) } },
    { "execve", SYS_execve, { P, V(0), V(0) } },
    { "execveat", SYS_execveat, { V(AT_FDCWD), P } },
    { "fork", SYS_fork, { V(0) } },
    { "vfork", SYS_vfork, { V(0) } },
    { "clone", SYS_clone, { V(17) } },
    { "clone3", SYS_clone3, { P, V(64) } },
    { "socket_inet", SYS_socket, { V(AF_INET), V(SOCK_STREAM) } },
    { "socket_inet6", SYS_socket, { V(AF_INET6), V(SOCK_DGRAM) } },
    { "socket_unix", SYS_socket, { V(AF_UNIX), V(SOCK_STREAM) } },
    { "socket_netlink", SYS_socket, { V(AF_NETLINK), V(SOCK_RAW) } },
    { "socketpair", SYS_socketpair, { V(AF_UNIX), V(SOCK_STREAM), V(0), P } },
    { "connect", SYS_connect, { V(3), A(INET), V(16) } },
    { "connect_unix", SYS_connect, { V(3), A(NAME), V(110) } },
    { "bind", SYS_bind, { V(3), A(INET), V(16) } },
    { "listen", SYS_listen, { V(3), V(5) } },
    { "dup", SYS_dup, { V(2) } },
    { "fcntl", SYS_fcntl, { V(2), V(F_GETFL) } },
    { "ioctl", SYS_ioctl, { V(2), V(0x5412), P } }, /* TIOCSTI */
    { "sendfile", SYS_sendfile, { V(2), V(3), V(0), V(1) } },
    { "mmap_exec",
      SYS_mmap,
      { V(0), V(4096), V(PROT_READ | PROT_EXEC), V(MAP_PRIVATE | MAP_ANONYMOUS),
        V(-1) } },
    { "mprotect_exec",
      SYS_mprotect,
      { V(0), V(4096), V(PROT_READ | PROT_EXEC) } },
    { "ptrace", SYS_ptrace, { V(PTRACE_TRACEME) } },
    { "process_vm_readv", SYS_process_vm_readv, { V(1), P, V(1), P, V(1) } },
    { "kill", SYS_kill, { V(1), V(0) } },
    { "pidfd_open", SYS_pidfd_open, { V(1) } },
    { "prctl", SYS_prctl, { V(4), V(1) } }, /* PR_SET_DUMPABLE */
    { "setuid", SYS_setuid, { V(0) } },
    { "setrlimit", SYS_setrlimit, { V(4), P } },
    { "bpf", SYS_bpf, { V(0), P, V(8) } },
    { "io_uring_setup", SYS_io_uring_setup, { V(8), P } },
    { "perf_event_open", SYS_perf_event_open, { P } },
    { "userfaultfd", SYS_userfaultfd, { V(0) } },
    { "keyctl", SYS_keyctl, { V(0) } },
    { "init_module", SYS_init_module, { P, V(8), P } },
    { "reboot", SYS_reboot, { V(0) } },
    { "personality", SYS_personality, { V(0) } },
    { "inotify_init", SYS_inotify_init, { V(0) } },
    { "shmget", SYS_shmget, { V(0), V(4096), V(0600) } },
};

static void die(const char *what)
{
    perror(what);
    exit(1);
}

/* The process's memory below its stack, where we put what calls point at. */
static void put(pid_t thread, uint64_t at, const void *bytes, size_t length)
{
    for (size_t i = 0; i < length; i += 8) {
        uint64_t word = 0;

        memcpy(&word, (const char *)bytes + i, length - i < 8 ? length - i : 8);
        if (ptrace(PTRACE_POKEDATA, thread, at + i, word) != 0)
            die("poke");
    }
}

static long inject(pid_t thread, const struct user_regs_struct *before,
                   const struct try *try, const uint64_t places[4])
{
    struct user_regs_struct registers = *before;
    unsigned long long *const slots[] = { &registers.rdi, &registers.rsi,
                                          &registers.rdx, &registers.r10,
                                          &registers.r8,  &registers.r9 };
    int status;

    registers.rip -= 2; /* back on the system call it waits in */
    registers.rax = (unsigned long long)try->number;
    registers.orig_rax = (unsigned long long)-1; /* nothing to restart */
    for (int i = 0; i < 6; i++)
        *slots[i] = try->arguments[i].pointer
                        ? places[try->arguments[i].pointer]
                        : (unsigned long long)try->arguments[i].value;
    if (ptrace(PTRACE_SETREGS, thread, NULL, &registers) != 0 ||
        ptrace(PTRACE_SINGLESTEP, thread, NULL, NULL) != 0 ||
        waitpid(thread, &status, __WALL) != thread || !WIFSTOPPED(status) ||
        ptrace(PTRACE_GETREGS, thread, NULL, &registers) != 0)
        die(try->name);
    return (long)registers.rax;
}

/* Stops a thread where it waits in a system call; its registers there. */
static struct user_regs_struct stop(pid_t thread)
{
    struct user_regs_struct registers;
    int status;

    for (;;) {
        long code;

        if (ptrace(PTRACE_ATTACH, thread, NULL, NULL) != 0 ||
            waitpid(thread, &status, __WALL) != thread ||
            ptrace(PTRACE_GETREGS, thread, NULL, &registers) != 0)
            die("attach");
        errno = 0;
        code = ptrace(PTRACE_PEEKTEXT, thread, registers.rip - 2, NULL);
        if (!errno && (code & 0xffff) == 0x050f) /* syscall */
            return registers;
        /* Busy with something else than waiting: another time. */
        if (ptrace(PTRACE_DETACH, thread, NULL, NULL) != 0)
            die("detach");
        usleep(10000);
    }
}

static void visit(pid_t thread, const char *file, const char *only)
{
    const struct user_regs_struct before = stop(thread);
    struct sockaddr_un name = { .sun_family = AF_UNIX };
    const uint8_t inet[16] = { AF_INET, 0, 0, 9, 127, 0, 0, 1 };
    char path[sizeof(name.sun_path)] = "";
    uint64_t places[4];

    places[PATH] = (before.rsp - 2048) & ~15ull;
    places[NAME] = places[PATH] + 256;
    places[INET] = places[PATH] + 512;
    strncpy(path, file, sizeof(path) - 1);
    memcpy(name.sun_path, path, sizeof(path));
    put(thread, places[PATH], path, sizeof(path));
    put(thread, places[NAME], &name, sizeof(name));
    put(thread, places[INET], inet, sizeof(inet));
    for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++)
        if (!only || strcmp(only, tries[i].name) == 0)
            printf("%s %d %ld\n", tries[i].name, thread,
                   inject(thread, &before, &tries[i], places));
    if (ptrace(PTRACE_SETREGS, thread, NULL, &before) != 0 ||
        ptrace(PTRACE_DETACH, thread, NULL, NULL) != 0)
        die("detach");
}

int main(int count, char **words)
{
    char folder[64];
    struct dirent *entry;
    DIR *threads;

    if (count < 3)
        return 2;
    snprintf(folder, sizeof(folder), "/proc/%d/task",
             (int)strtol(words[1], NULL, 10));
    threads = opendir(folder);
    if (!threads)
        die(folder);
    while ((entry = readdir(threads)) != NULL)
        if (entry->d_name[0] != '.')
            visit((pid_t)strtol(entry->d_name, NULL, 10), words[2],
                  count > 3 ? words[3] : NULL);
    closedir(threads);
    return 0;
}
