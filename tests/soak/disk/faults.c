/* Stands between a process and its files: notes each write and sync, and has writes fail.

   It is preloaded. DISK_FOLDER is the folder whose files it looks at, DISK_TRACE the file
   that it notes in, DISK_FAULT a file whose first byte says what writes do: 'n' nothing
   special, 'f' the disk is full, 'e' it has an error, 'r' it is read-only, 's' only half
   is written and then it is full, 'h' they hang.

   A note is a header and the name of the file; for a write, the data follow. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

struct note {
    uint64_t nanoseconds;
    uint64_t offset;
    uint32_t length;
    uint16_t name_length;
    char operation;
    char padding;
};

typedef ssize_t (*write_at)(int, const void *, size_t, off64_t);

static const char *folder;
static int trace = -1, fault = -1;
static pthread_mutex_t noting = PTHREAD_MUTEX_INITIALIZER;
static __thread int half_written;

__attribute__((constructor)) static void begin(void) {
    folder = getenv("DISK_FOLDER");
    if (folder == NULL) return;
    trace = open(getenv("DISK_TRACE"), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    fault = open(getenv("DISK_FAULT"), O_RDONLY | O_CLOEXEC);
}

/* Returns the name of a file in the folder, NULL for any other. */
static const char *name_of(int fd, char *path, size_t size) {
    char link[64];
    if (folder == NULL) return NULL;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, size - 1);
    size_t prefix = strlen(folder);
    if (length < 0 || strncmp(path, folder, prefix) != 0) return NULL;
    path[length] = 0;
    return path + prefix;
}

static void take_note(char operation, const char *name, const void *data, size_t length,
                      uint64_t offset) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    struct note note = {now.tv_sec * 1000000000ull + now.tv_nsec, offset, length,
                        strlen(name), operation, 0};
    struct iovec parts[] = {{&note, sizeof note},
                            {(void *)name, note.name_length},
                            {(void *)data, data == NULL ? 0 : length}};
    pthread_mutex_lock(&noting);
    if (writev(trace, parts, 3) < 0) abort();
    pthread_mutex_unlock(&noting);
}

static char state(void) {
    char now = 'n';
    if (pread(fault, &now, 1, 0) != 1) return 'n';
    return now;
}

static ssize_t write_or_fail(write_at real, int fd, const void *data, size_t length,
                             off64_t offset) {
    char path[512];
    const char *name = name_of(fd, path, sizeof path);
    if (name == NULL) return real(fd, data, length, offset);
    while (state() == 'h') usleep(1000);
    switch (state()) {
    case 'f': errno = ENOSPC; return -1;
    case 'e': errno = EIO; return -1;
    case 'r': errno = EROFS; return -1;
    case 's':
        if (half_written) { half_written = 0; errno = ENOSPC; return -1; }
        half_written = 1;
        length /= 2;
    }
    ssize_t written = real(fd, data, length, offset);
    if (written > 0) take_note('w', name, data, written, offset);
    return written;
}

static int sync_or_fail(const char *function, int fd) {
    char path[512];
    const char *name = name_of(fd, path, sizeof path);
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, function);
    if (name == NULL) return real(fd);
    while (state() == 'h') usleep(1000);
    if (state() == 'e') { errno = EIO; return -1; }
    int result = real(fd);
    if (result == 0) take_note('s', name, NULL, 0, 0);
    return result;
}

static int cut_off(const char *function, int fd, off64_t length) {
    char path[512];
    const char *name = name_of(fd, path, sizeof path);
    int (*real)(int, off64_t) = (int (*)(int, off64_t))dlsym(RTLD_NEXT, function);
    int result = real(fd, length);
    if (name != NULL && result == 0) take_note('t', name, NULL, 0, length);
    return result;
}

ssize_t pwrite64(int fd, const void *data, size_t length, off64_t offset) {
    return write_or_fail((write_at)dlsym(RTLD_NEXT, "pwrite64"), fd, data, length, offset);
}

ssize_t pwrite(int fd, const void *data, size_t length, off_t offset) {
    return write_or_fail((write_at)dlsym(RTLD_NEXT, "pwrite"), fd, data, length, offset);
}

int fsync(int fd) { return sync_or_fail("fsync", fd); }
int fdatasync(int fd) { return sync_or_fail("fdatasync", fd); }
int ftruncate64(int fd, off64_t length) { return cut_off("ftruncate64", fd, length); }
int ftruncate(int fd, off_t length) { return cut_off("ftruncate", fd, length); }

int unlink(const char *path) {
    int (*real)(const char *) = (int (*)(const char *))dlsym(RTLD_NEXT, "unlink");
    int result = real(path);
    size_t prefix = folder == NULL ? 0 : strlen(folder);
    if (folder != NULL && result == 0 && strncmp(path, folder, prefix) == 0)
        take_note('u', path + prefix, NULL, 0, 0);
    return result;
}
