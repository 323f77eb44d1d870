/* Writes and syncs of a process fail with the error number that stands in the file BROKEN_DISK, for files whose path
 * holds "guard.db": LD_PRELOAD=broken_disk.so. First word of the file: `write` or `sync`; second: the number.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static int broken(int fd, const char *what)
{
    char path[4096], link[64], kind[16] = "";
    int number = 0, saved = errno;
    const char *name = getenv("BROKEN_DISK");
    FILE *told = name ? fopen(name, "r") : NULL;
    if (!told) {
        errno = saved;
        return 0;
    }
    if (fscanf(told, "%15s %d", kind, &number) != 2)
        number = 0;
    fclose(told);
    errno = saved;
    if (!number || strcmp(kind, what))
        return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0)
        return 0;
    path[length] = 0;
    return strstr(path, "guard.db") ? number : 0;
}

#define FAIL(fd, what)                                                                                                  \
    do {                                                                                                                \
        int number = broken(fd, what);                                                                                  \
        if (number) {                                                                                                   \
            errno = number;                                                                                             \
            return -1;                                                                                                  \
        }                                                                                                               \
    } while (0)

ssize_t pwrite64(int fd, const void *octets, size_t count, off64_t at)
{
    FAIL(fd, "write");
    ssize_t (*real)(int, const void *, size_t, off64_t) = dlsym(RTLD_NEXT, "pwrite64");
    return real(fd, octets, count, at);
}

ssize_t pwrite(int fd, const void *octets, size_t count, off_t at)
{
    FAIL(fd, "write");
    ssize_t (*real)(int, const void *, size_t, off_t) = dlsym(RTLD_NEXT, "pwrite");
    return real(fd, octets, count, at);
}

ssize_t write(int fd, const void *octets, size_t count)
{
    FAIL(fd, "write");
    ssize_t (*real)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
    return real(fd, octets, count);
}

int fdatasync(int fd)
{
    FAIL(fd, "sync");
    int (*real)(int) = dlsym(RTLD_NEXT, "fdatasync");
    return real(fd);
}

int fsync(int fd)
{
    FAIL(fd, "sync");
    int (*real)(int) = dlsym(RTLD_NEXT, "fsync");
    return real(fd);
}
