/* Watches, and on demand breaks, the calls by which a process changes files or reaches a network.
 *
 * cc -shared -fPIC -O1 -o preload.so preload.c -ldl; then LD_PRELOAD=preload.so with:
 *   FAULT_ROOT     folder whose changes are counted (absolute, without links)
 *   FAULT_COUNTER  file of 8 bytes, shared by a process and its children: changes so far
 *   FAULT_LOG      file to which a line is appended for each change, each change elsewhere
 *                  ("outside") and each attempt to reach a network ("network")
 *   FAULT_AT       number of the change to break, from 1; none if absent
 *   FAULT_HOW      kill: end the process group there, a write half done;
 *                  killed: the same after the change; or an errno: fail from there on
 *   FAULT_ONCE     fail at that change alone
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define MANY 65536
static char tracked[MANY];
static const char *root, *how;
static size_t root_length;
static long at;
static int log_file = -1, once, ready;
static unsigned long long *counter;

static void prepare(void) {
    if (ready) return;
    ready = 1;
    root = getenv("FAULT_ROOT");
    how = getenv("FAULT_HOW");
    at = getenv("FAULT_AT") ? atol(getenv("FAULT_AT")) : 0;
    once = getenv("FAULT_ONCE") != NULL;
    root_length = root ? strlen(root) : 0;
    const char *name = getenv("FAULT_COUNTER");
    if (name) {
        int file = (int)syscall(SYS_openat, AT_FDCWD, name, O_RDWR | O_CLOEXEC, 0);
        if (file >= 0) {
            void *page = mmap(NULL, 8, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
            if (page != MAP_FAILED) counter = page;
            syscall(SYS_close, file);
        }
    }
    name = getenv("FAULT_LOG");
    if (name) {
        int file = (int)syscall(SYS_openat, AT_FDCWD, name, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
        log_file = file < 0 ? -1 : (int)syscall(SYS_fcntl, file, F_DUPFD_CLOEXEC, 900);
        if (file >= 0) syscall(SYS_close, file);
    }
}

/* Read the environment again: for a process that was forked after its libraries were loaded. */
void fault_again(void) {
    if (log_file >= 0) syscall(SYS_close, log_file);
    log_file = -1;
    counter = NULL;
    ready = 0;
    prepare();
}

static void note(const char *kind, const char *call, const char *path, unsigned long long number) {
    char line[4600];
    int length = snprintf(line, sizeof line, "%s %llu %s %.4400s\n", kind, number, call, path ? path : "");
    if (log_file >= 0 && length > 0) syscall(SYS_write, log_file, line, (size_t)length);
}

static int inside(int folder, const char *path) {
    char full[8400], base[4200];
    if (!path) return -1;
    if (path[0] == '/') snprintf(full, sizeof full, "%s", path);
    else {
        if (folder == AT_FDCWD) {
            if (syscall(SYS_getcwd, base, sizeof base) < 0) return -1;
        } else {
            char link[64];
            snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
            long length = syscall(SYS_readlinkat, AT_FDCWD, link, base, sizeof base - 1);
            if (length < 0) return -1;
            base[length] = 0;
        }
        snprintf(full, sizeof full, "%s/%s", base, path);
    }
    if (root && strncmp(full, root, root_length) == 0 && (full[root_length] == '/' || !full[root_length]))
        return 1;
    return strncmp(full, "/dev/", 5) == 0 || strncmp(full, "/proc/", 6) == 0 ? -1 : 0;
}

/* 0: go on; 1: fail with errno set; 2: end the group after half or all of the change */
static int verdict(int where, const char *call, const char *path) {
    if (where < 0) return 0;
    if (where == 0) { note("outside", call, path, 0); return 0; }
    unsigned long long number = counter ? __sync_add_and_fetch(counter, 1) : 0;
    note("change", call, path, number);
    if (!at || !how || number < (unsigned long long)at || (once && number > (unsigned long long)at)) return 0;
    if (strcmp(how, "kill") == 0) return 2;
    if (strcmp(how, "killed") == 0) return 3;
    errno = atoi(how);
    return 1;
}
static void die(void) { syscall(SYS_kill, 0, SIGKILL); for (;;) pause(); }

#define REAL(type, name, ...) \
    static type (*real)(__VA_ARGS__); \
    if (!real) real = (type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name); \
    prepare();

#define WRITES(flags) (((flags) & O_ACCMODE) != O_RDONLY || ((flags) & (O_CREAT | O_TRUNC)))

static int opened(int file, int where) {
    if (file >= 0 && file < MANY) tracked[file] = (char)(where == 1 ? 1 : where == 0 ? 2 : 0);
    return file;
}

#define OPEN(name, first, folder, params, args) \
    int name params { \
        mode_t mode = 0; \
        if (flags & (O_CREAT | O_TMPFILE)) { va_list list; va_start(list, flags); mode = va_arg(list, mode_t); va_end(list); } \
        static int (*real)(first const char *, int, ...); \
        if (!real) real = (int (*)(first const char *, int, ...))dlsym(RTLD_NEXT, #name); \
        prepare(); \
        if (!WRITES(flags) || (flags & O_DIRECTORY && (flags & O_TMPFILE) != O_TMPFILE)) { int file = real args; return opened(file, -1); } \
        int where = inside(folder, path), way = 0; \
        struct stat seen; \
        int changes = (flags & O_TRUNC) || ((flags & O_CREAT) && fstatat(folder, path, &seen, 0) != 0); \
        if (changes) way = verdict(where, #name, path); \
        if (way == 1) return -1; \
        if (way == 2) die(); \
        int file = real args; \
        if (way == 3) die(); \
        return opened(file, where); \
    }
#define NOTHING
OPEN(open, NOTHING, AT_FDCWD, (const char *path, int flags, ...), (path, flags, mode))
OPEN(open64, NOTHING, AT_FDCWD, (const char *path, int flags, ...), (path, flags, mode))
#define FOLDER int,
OPEN(openat, FOLDER, folder, (int folder, const char *path, int flags, ...), (folder, path, flags, mode))
OPEN(openat64, FOLDER, folder, (int folder, const char *path, int flags, ...), (folder, path, flags, mode))

#define FOPEN(name) \
    FILE *name(const char *path, const char *mode) { \
        REAL(FILE *, name, const char *, const char *) \
        if (!strpbrk(mode, "wa+")) return real(path, mode); \
        int where = inside(AT_FDCWD, path), way = verdict(where, #name, path); \
        if (way == 1) return NULL; \
        if (way == 2) die(); \
        FILE *file = real(path, mode); \
        if (way == 3) die(); \
        if (file) opened(fileno(file), where); \
        return file; \
    }
FOPEN(fopen)
FOPEN(fopen64)

static int of(int file) { return file >= 0 && file < MANY && tracked[file] == 1 ? 1 : -1; }
static const char *name_of(int file, char *buffer) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    long length = syscall(SYS_readlinkat, AT_FDCWD, link, buffer, 4199);
    buffer[length < 0 ? 0 : length] = 0;
    return buffer;
}

ssize_t write(int file, const void *data, size_t size) {
    REAL(ssize_t, write, int, const void *, size_t)
    char buffer[4200];
    int way = of(file) == 1 ? verdict(1, "write", name_of(file, buffer)) : 0;
    if (way == 1) return -1;
    if (way == 2) { real(file, data, size / 2); die(); }
    ssize_t done = real(file, data, size);
    if (way == 3) die();
    return done;
}
#define PWRITE(name, offset) \
    ssize_t name(int file, const void *data, size_t size, offset start) { \
        REAL(ssize_t, name, int, const void *, size_t, offset) \
        char buffer[4200]; \
        int way = of(file) == 1 ? verdict(1, #name, name_of(file, buffer)) : 0; \
        if (way == 1) return -1; \
        if (way == 2) { real(file, data, size / 2, start); die(); } \
        ssize_t done = real(file, data, size, start); \
        if (way == 3) die(); \
        return done; \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)
ssize_t writev(int file, const struct iovec *parts, int count) {
    REAL(ssize_t, writev, int, const struct iovec *, int)
    char buffer[4200];
    int way = of(file) == 1 ? verdict(1, "writev", name_of(file, buffer)) : 0;
    if (way == 1) return -1;
    if (way == 2) { real(file, parts, count / 2); die(); }
    ssize_t done = real(file, parts, count);
    if (way == 3) die();
    return done;
}

#define CHANGE(name, path, folder, params, types, args) \
    int name params { \
        REAL(int, name, types) \
        int way = verdict(inside(folder, path), #name, path); \
        if (way == 1) return -1; \
        if (way == 2) die(); \
        int done = real args; \
        if (way == 3) die(); \
        return done; \
    }
#define TYPES(...) __VA_ARGS__
CHANGE(rename, to, AT_FDCWD, (const char *from, const char *to), TYPES(const char *, const char *), (from, to))
CHANGE(renameat, to, in, (int out, const char *from, int in, const char *to), TYPES(int, const char *, int, const char *), (out, from, in, to))
CHANGE(renameat2, to, in, (int out, const char *from, int in, const char *to, unsigned flags), TYPES(int, const char *, int, const char *, unsigned), (out, from, in, to, flags))
CHANGE(unlink, path, AT_FDCWD, (const char *path), TYPES(const char *), (path))
CHANGE(unlinkat, path, folder, (int folder, const char *path, int flags), TYPES(int, const char *, int), (folder, path, flags))
CHANGE(mkdir, path, AT_FDCWD, (const char *path, mode_t mode), TYPES(const char *, mode_t), (path, mode))
CHANGE(mkdirat, path, folder, (int folder, const char *path, mode_t mode), TYPES(int, const char *, mode_t), (folder, path, mode))
CHANGE(rmdir, path, AT_FDCWD, (const char *path), TYPES(const char *), (path))
CHANGE(link, to, AT_FDCWD, (const char *from, const char *to), TYPES(const char *, const char *), (from, to))
CHANGE(symlink, to, AT_FDCWD, (const char *from, const char *to), TYPES(const char *, const char *), (from, to))

int close(int file) {
    REAL(int, close, int)
    if (file >= 0 && file < MANY) tracked[file] = 0;
    if (file == log_file && file >= 0) return 0;
    return real(file);
}

/* No network: sockets of IPv4 and IPv6 cannot be made. TensorFlow makes one of IPv6 when it is loaded,
 * to see whether this machine knows IPv6; that is a "probe", whatever follows it is not. */
int socket(int domain, int type, int protocol) {
    REAL(int, socket, int, int, int)
    if (domain == AF_INET || domain == AF_INET6) {
        note(domain == AF_INET ? "network" : "probe", "socket", "", 0);
        errno = EACCES;
        return -1;
    }
    return real(domain, type, protocol);
}
int connect(int file, const struct sockaddr *address, socklen_t length) {
    REAL(int, connect, int, const struct sockaddr *, socklen_t)
    if (address && (address->sa_family == AF_INET || address->sa_family == AF_INET6)) {
        note("network", "connect", "", 0);
        errno = EACCES;
        return -1;
    }
    return real(file, address, length);
}
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **result) {
    prepare();
    (void)service; (void)hints; (void)result;
    note("network", "getaddrinfo", node, 0);
    return EAI_FAIL;
}
