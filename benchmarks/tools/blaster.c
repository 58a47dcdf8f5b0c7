// blaster [OPTION...]: how many UDP datagrams this machine moves over loopback when nobody does anything else with them: the ceiling
// for a transport over UDP. A sending and a receiving process, no acknowledgement, no pacing; what the receiver misses is lost.
//
//   --datagram BYTES   1472 if left out; at least 16
//   --seconds NUMBER   3 if left out
//   --crc              each datagram carries a CRC32C over the rest of it, and the receiver checks it
//   --cores SEND,RECEIVE   run the two on these cores; wherever the system likes if left out
//   --single           one datagram per call, without UDP_SEGMENT and UDP_GRO
//
// Prints one line: what was received, what was lost, and what each of the two cost for a gigabyte (10^9 bytes) received. A datagram
// is a number, counting, then filling, then with --crc the checksum.
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif

enum {
    BUFFER_BYTES = 64 * 1024,
    LARGEST_SEND = 65507,
    MOST_SEGMENTS = 64, // every kernel with UDP_SEGMENT takes that many
    SMALLEST_DATAGRAM = 16,
    CHECKSUM_BYTES = sizeof(uint32_t),
    SOCKET_BUFFER_BYTES = 8 << 20,
    SENDS_PER_LOOK = 64, // at the clock
    LANES = 3,           // the CRC instruction takes three cycles, one can start each cycle
};

struct settings {
    size_t datagram;
    double seconds;
    bool crc, batches;
    int cores[2]; // -1: any
};

// What the two processes tell the one that prints.
struct tally {
    volatile uint64_t sent;
    volatile bool sending_ended;
    uint64_t received, damaged;
    double seconds;
};

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static uint32_t crc_table[256];

static void fill_crc_table(void) {
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t crc = i;
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0x82F63B78u : 0);
        crc_table[i] = crc;
    }
}

static uint32_t crc32c_by_table(const unsigned char *bytes, size_t length) {
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < length; i++)
        crc = crc >> 8 ^ crc_table[(crc ^ bytes[i]) & 0xFF];
    return ~crc;
}

#ifdef __x86_64__
// The CRCs of LANES ranges of the same length, each beginning `stride` bytes after the one before, computed side by side.
__attribute__((target("sse4.2")))
static void crc32c_by_instruction(const unsigned char *bytes, size_t stride, size_t length, uint32_t *crcs) {
    const unsigned char *second = bytes + stride, *third = second + stride;
    uint64_t crc[LANES] = {UINT32_MAX, UINT32_MAX, UINT32_MAX}, words[LANES];
    size_t i = 0;
    for (; i + 8 <= length; i += 8) {
        memcpy(&words[0], bytes + i, 8);
        memcpy(&words[1], second + i, 8);
        memcpy(&words[2], third + i, 8);
        crc[0] = __builtin_ia32_crc32di(crc[0], words[0]);
        crc[1] = __builtin_ia32_crc32di(crc[1], words[1]);
        crc[2] = __builtin_ia32_crc32di(crc[2], words[2]);
    }
    for (; i < length; i++) {
        crc[0] = __builtin_ia32_crc32qi((uint32_t)crc[0], bytes[i]);
        crc[1] = __builtin_ia32_crc32qi((uint32_t)crc[1], second[i]);
        crc[2] = __builtin_ia32_crc32qi((uint32_t)crc[2], third[i]);
    }
    for (int lane = 0; lane < LANES; lane++)
        crcs[lane] = ~(uint32_t)crc[lane];
}
#endif

// The checksum of each of `count` datagrams that lie one behind the other.
static void compute_crcs(const unsigned char *bytes, size_t datagram, size_t count, uint32_t *crcs) {
    size_t length = datagram - CHECKSUM_BYTES;
    size_t done = 0;
#ifdef __x86_64__
    if (__builtin_cpu_supports("sse4.2")) {
        for (; done + LANES <= count; done += LANES)
            crc32c_by_instruction(bytes + done * datagram, datagram, length, crcs + done);
        for (; done < count; done++) {
            uint32_t same[LANES];
            crc32c_by_instruction(bytes + done * datagram, 0, length, same);
            crcs[done] = same[0];
        }
    }
#endif
    for (; done < count; done++)
        crcs[done] = crc32c_by_table(bytes + done * datagram, length);
}

static void run_on(int core) {
    cpu_set_t cores;
    if (core < 0)
        return;
    CPU_ZERO(&cores);
    CPU_SET(core, &cores);
    if (sched_setaffinity(0, sizeof cores, &cores) != 0)
        fail("sched_setaffinity");
}

static int open_receiver(const struct settings *settings, struct sockaddr_in *address) {
    int size = SOCKET_BUFFER_BYTES, on = 1;
    struct timeval patience = {.tv_usec = 100000};
    socklen_t length = sizeof *address;
    int receiver = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (receiver < 0)
        fail("socket");
    *address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (setsockopt(receiver, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0)
        setsockopt(receiver, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    setsockopt(receiver, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (settings->batches && setsockopt(receiver, IPPROTO_UDP, UDP_GRO, &on, sizeof on) != 0)
        fail("UDP_GRO");
    if (bind(receiver, (struct sockaddr *)address, sizeof *address) != 0)
        fail("bind");
    if (getsockname(receiver, (struct sockaddr *)address, &length) != 0)
        fail("getsockname");
    return receiver;
}

static void check(const unsigned char *buffer, size_t count, const struct settings *settings, struct tally *tally) {
    uint32_t crcs[BUFFER_BYTES / SMALLEST_DATAGRAM];
    if (!settings->crc)
        return;
    compute_crcs(buffer, settings->datagram, count, crcs);
    for (size_t i = 0; i < count; i++) {
        const unsigned char *stated = buffer + (i + 1) * settings->datagram - CHECKSUM_BYTES;
        tally->damaged += memcmp(&crcs[i], stated, CHECKSUM_BYTES) != 0;
    }
}

static void receive_all(int receiver, const struct settings *settings, struct tally *tally) {
    static unsigned char buffer[BUFFER_BYTES];
    double first = 0, last = 0;
    run_on(settings->cores[1]);
    for (;;) {
        // All datagrams have one size, so a batch needs no control message to be taken apart.
        ssize_t length = recv(receiver, buffer, sizeof buffer, 0);
        if (length < 0 && errno != EAGAIN && errno != EINTR)
            fail("recv");
        if (length < 0 && tally->sending_ended)
            break;
        if (length <= 0)
            continue;
        size_t count = (size_t)length / settings->datagram;
        check(buffer, count, settings, tally);
        tally->received += count;
        last = now();
        if (first == 0)
            first = last;
    }
    tally->seconds = last - first;
}

static void send_all(const struct sockaddr_in *address, const struct settings *settings, struct tally *tally) {
    static unsigned char buffer[BUFFER_BYTES];
    uint32_t crcs[MOST_SEGMENTS];
    int segment = (int)settings->datagram;
    size_t count = settings->batches ? LARGEST_SEND / settings->datagram : 1;
    uint64_t number = 0;
    run_on(settings->cores[0]);
    int sender = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (sender < 0 || connect(sender, (const struct sockaddr *)address, sizeof *address) != 0)
        fail("connect");
    if (settings->batches && setsockopt(sender, IPPROTO_UDP, UDP_SEGMENT, &segment, sizeof segment) != 0)
        fail("UDP_SEGMENT");
    count = count > MOST_SEGMENTS ? MOST_SEGMENTS : count;
    memset(buffer, 'x', sizeof buffer);

    double end = now() + settings->seconds;
    while (now() < end) {
        for (int sends = 0; sends < SENDS_PER_LOOK; sends++) {
            for (size_t i = 0; i < count; i++, number++)
                memcpy(buffer + i * settings->datagram, &number, sizeof number);
            if (settings->crc) {
                compute_crcs(buffer, settings->datagram, count, crcs);
                for (size_t i = 0; i < count; i++)
                    memcpy(buffer + (i + 1) * settings->datagram - CHECKSUM_BYTES, &crcs[i], CHECKSUM_BYTES);
            }
            if (send(sender, buffer, count * settings->datagram, 0) < 0)
                fail("send");
        }
    }
    tally->sent = number;
    tally->sending_ended = true;
}

// Waits for the process; negative if it failed.
static double cpu_seconds_of(pid_t process) {
    struct rusage usage;
    int status;
    if (wait4(process, &status, 0, &usage) != process || status != 0)
        return -1;
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void print_result(const struct settings *settings, const struct tally *tally, double sender, double receiver) {
    double gigabytes = (double)tally->received * (double)settings->datagram / 1e9;
    uint64_t lost = tally->sent - tally->received;
    printf("gbit_per_second=%.2f received=%llu lost=%llu lost_percent=%.2f damaged=%llu sender_cpu_seconds=%.2f receiver_cpu_seconds=%.2f "
           "sender_cpu_seconds_per_gb=%.3f receiver_cpu_seconds_per_gb=%.3f\n",
           gigabytes * 8 / tally->seconds, (unsigned long long)tally->received, (unsigned long long)lost,
           100.0 * (double)lost / (double)tally->sent, (unsigned long long)tally->damaged, sender, receiver, sender / gigabytes,
           receiver / gigabytes);
}

static struct settings parse(int argc, char **argv) {
    static const struct option options[] = {
        {"datagram", required_argument, NULL, 'd'}, {"seconds", required_argument, NULL, 's'}, {"crc", no_argument, NULL, 'c'},
        {"cores", required_argument, NULL, 'o'},    {"single", no_argument, NULL, '1'},        {0},
    };
    struct settings settings = {.datagram = 1472, .seconds = 3, .batches = true, .cores = {-1, -1}};
    bool valid = true;
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'd': settings.datagram = (size_t)atol(optarg); break;
        case 's': settings.seconds = atof(optarg); break;
        case 'c': settings.crc = true; break;
        case 'o': valid &= sscanf(optarg, "%d,%d", &settings.cores[0], &settings.cores[1]) == 2; break;
        case '1': settings.batches = false; break;
        default: valid = false;
        }
    }
    if (!valid || optind != argc || settings.datagram < SMALLEST_DATAGRAM || settings.datagram > LARGEST_SEND || settings.seconds <= 0) {
        fprintf(stderr, "usage: blaster [--datagram BYTES] [--seconds NUMBER] [--crc] [--cores SEND,RECEIVE] [--single]\n");
        exit(2);
    }
    return settings;
}

int main(int argc, char **argv) {
    struct settings settings = parse(argc, argv);
    struct sockaddr_in address;
    int receiver = open_receiver(&settings, &address);
    struct tally *tally = mmap(NULL, sizeof *tally, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (tally == MAP_FAILED)
        fail("mmap");
    fill_crc_table();

    pid_t receiving = fork();
    if (receiving == 0) {
        receive_all(receiver, &settings, tally);
        return 0;
    }
    pid_t sending = fork();
    if (sending == 0) {
        close(receiver);
        send_all(&address, &settings, tally);
        return 0;
    }
    if (receiving < 0 || sending < 0)
        fail("fork");
    close(receiver);
    double sender_cpu_seconds = cpu_seconds_of(sending);
    tally->sending_ended = true; // also if the sender failed, so that the receiver ends
    double receiver_cpu_seconds = cpu_seconds_of(receiving);
    if (sender_cpu_seconds < 0 || receiver_cpu_seconds < 0 || tally->received == 0) {
        fprintf(stderr, "nothing was measured\n");
        return 1;
    }
    print_result(&settings, tally, sender_cpu_seconds, receiver_cpu_seconds);
    return tally->damaged == 0 ? 0 : 1;
}
