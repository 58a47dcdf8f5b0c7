/* A disk that fails, for one process: preloaded, it lets fsync and fdatasync of files whose path contains FAULTS_NAME take longer or
   fail, as the file FAULTS_CONTROL says, which whoever writes that file can change while the process runs: an errno, or 0, and a delay
   in milliseconds, two numbers of 32 bits. What it failed or delayed is counted in the third. dlsym is replaced too, because the runtime
   asks for these functions by name. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

struct control {
    _Atomic int32_t error;
    _Atomic int32_t delay_ms;
    _Atomic int32_t touched;
};

static struct control *control;
static const char *wanted;
static void *(*system_dlsym)(void *, const char *);
static int (*system_fsync)(int);
static int (*system_fdatasync)(int);

static void begin(void)
{
    const char *versions[] = {"GLIBC_2.34", "GLIBC_2.2.5", "GLIBC_2.17", "GLIBC_2.0"};
    for (size_t index = 0; !system_dlsym && index < sizeof versions / sizeof *versions; index++)
        system_dlsym = (void *(*)(void *, const char *))dlvsym(RTLD_NEXT, "dlsym", versions[index]);
    if (!system_dlsym)
        abort();
    system_fsync = (int (*)(int))system_dlsym(RTLD_NEXT, "fsync");
    system_fdatasync = (int (*)(int))system_dlsym(RTLD_NEXT, "fdatasync");
}

__attribute__((constructor)) static void map_control(void)
{
    const char *path = getenv("FAULTS_CONTROL");
    int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    void *page = file < 0 ? MAP_FAILED : mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (file >= 0)
        close(file);
    wanted = getenv("FAULTS_NAME");
    if (!system_dlsym)
        begin();
    control = page == MAP_FAILED ? NULL : page;
}

static int is_wanted(int descriptor)
{
    char link[32], path[4096];
    if (!control || (!atomic_load(&control->error) && !atomic_load(&control->delay_ms)))
        return 0;
    if (!wanted)
        return 1;
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0)
        return 0;
    path[length] = 0;
    return strstr(path, wanted) != NULL;
}

static int touch(int descriptor, int (*sync)(int))
{
    if (is_wanted(descriptor)) {
        int32_t delay_ms = atomic_load(&control->delay_ms), error = atomic_load(&control->error);
        struct timespec delay = {delay_ms / 1000, delay_ms % 1000 * 1000000L};
        atomic_fetch_add(&control->touched, 1);
        while (nanosleep(&delay, &delay) != 0 && errno == EINTR)
            ;
        if (error) {
            errno = error;
            return -1;
        }
    }
    return sync(descriptor);
}

int fsync(int descriptor)
{
    return touch(descriptor, system_fsync);
}

int fdatasync(int descriptor)
{
    return touch(descriptor, system_fdatasync);
}

void *dlsym(void *library, const char *name)
{
    if (!system_dlsym)
        begin();
    return strcmp(name, "fsync") == 0 ? (void *)fsync
        : strcmp(name, "fdatasync") == 0 ? (void *)fdatasync
        : system_dlsym(library, name);
}
