/* A disk that fills, whose syncs fail, or which loses power, for one process under test: loaded before the C library
 * (LD_PRELOAD). What it does is told by files in the folder HOMEWARD_TEST_DISK, so that it changes while the process runs:
 *
 *   full      writing a regular file fails (ENOSPC)
 *   unsynced  syncing a file fails (EIO)
 *
 * It keeps a list of what was written to *.sqlite and *.sqlite-wal and not synced since, NAME.pending in that folder: pairs of
 * offset and length, eight bytes each. A power cut may lose any of it.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *folder(void) { return getenv("HOMEWARD_TEST_DISK"); }

static int is_so(const char *what) {
    char path[PATH_MAX];
    if (!folder()) return 0;
    snprintf(path, sizeof path, "%s/%s", folder(), what);
    return access(path, F_OK) == 0;
}

static int is_file(int fd) {
    struct stat about;
    return fstat(fd, &about) == 0 && S_ISREG(about.st_mode);
}

/* The list of a database's file; 0 if it is none. */
static int list_of(int fd, char *list, size_t size) {
    char link[64], path[PATH_MAX];
    if (!folder()) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    const char *name = strrchr(path, '/');
    name = name ? name + 1 : path;
    size_t end = strlen(name);
    int database = end > 7 && strcmp(name + end - 7, ".sqlite") == 0;
    int log = end > 11 && strcmp(name + end - 11, ".sqlite-wal") == 0;
    if (!database && !log) return 0;
    snprintf(list, size, "%s/%s.pending", folder(), name);
    return 1;
}

/* Told before it is written: a list may name too much, never too little. */
static void pends(int fd, int64_t offset, int64_t length) {
    char list[PATH_MAX];
    if (!list_of(fd, list, sizeof list)) return;
    int to = open(list, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (to < 0) return;
    int64_t pair[2] = {offset, length};
    syscall(SYS_write, to, pair, sizeof pair);
    close(to);
}

static void is_synced(int fd) {
    char list[PATH_MAX];
    if (list_of(fd, list, sizeof list)) truncate(list, 0);
}

static int has_no_room(int fd) {
    if (is_file(fd) && is_so("full")) {
        errno = ENOSPC;
        return 1;
    }
    return 0;
}

ssize_t write(int fd, const void *bytes, size_t count) {
    if (has_no_room(fd)) return -1;
    if (is_file(fd)) pends(fd, lseek(fd, 0, SEEK_CUR), (int64_t)count);
    return syscall(SYS_write, fd, bytes, count);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t offset) {
    if (has_no_room(fd)) return -1;
    pends(fd, offset, (int64_t)count);
    return syscall(SYS_pwrite64, fd, bytes, count, offset);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset) { return pwrite64(fd, bytes, count, offset); }

static int sync_by(long call, int fd) {
    if (is_so("unsynced")) {
        errno = EIO;
        return -1;
    }
    int done = (int)syscall(call, fd);
    if (done == 0) is_synced(fd);
    return done;
}

int fsync(int fd) { return sync_by(SYS_fsync, fd); }

int fdatasync(int fd) { return sync_by(SYS_fdatasync, fd); }
