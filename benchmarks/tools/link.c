// link NAMESPACE NAMESPACE [OPTION...]: a network link with a rate, a delay, loss and a queue, between two network namespaces.
//
//   --rate MEGABITS      per second, in each direction; none if left out
//   --delay MILLISECONDS one way: a round trip takes twice as long
//   --loss PERCENT[,PERCENT]  chance that a packet is lost, of both directions or of each
//   --queue BYTES        that may wait for the link in each direction; what comes on top is dropped (tail drop).
//                        If left out, what the rate carries in one round trip, or in 20 ms if that is longer
//   --mtu BYTES          1500 if left out
//   --seed NUMBER        which packets are lost: packet N of a direction meets the same fate in every run with that seed
//   --seconds NUMBER     stop after that time at the latest; 600 if left out
//   --grain MICROSECONDS between two looks at the clock and the devices while there is traffic; 100 if left out
//
// Needs root and namespaces that exist (ip netns add). Creates the TUN device "link" in each, 10.99.0.1 in the first and 10.99.0.2 in
// the second, prints READY, and runs until SIGINT, SIGTERM or its time is over; the devices go with it. Then it prints a line for
// each direction and one about itself. A TUN device has no offloads, so the kernel cuts TCP's and UDP's large sends before they
// arrive here: whatever the protocol, one packet on the link is one IP packet of at most the MTU, its checksum computed.
//
// A packet meets, in this order: the queue, the transmission at the rate, loss, the delay. A lost packet has used the link.
// Departure times follow from arrival times alone, so a late delivery delays no other. Arrivals are noticed up to a grain late and
// handed over up to a grain late; the delay is shortened by one grain, which is what both come to on average.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef SCHED_DEADLINE
#define SCHED_DEADLINE 6
#endif

enum {
    FIRST_ADDRESS = 0x0A630001, // 10.99.0.1
    NETMASK = 0xFFFFFF00,
    DEVICE_QUEUE_PACKETS = 16384, // between the kernel and this program; what it drops is counted apart
    READS_PER_LOOK = 64,          // then due packets are handed over before more is read
    IDLE_GRAINS = 20,             // without an arrival, then this program sleeps until there is one
    ALIGNMENT = 16,
    MAX_MTU = 65535,
};

static const char DEVICE[IFNAMSIZ] = "link";
static const uint64_t NANOSECONDS_PER_SECOND = 1000000000u;
static const uint64_t NEVER = UINT64_MAX;
static const uint64_t NOTICEABLY_LATE = 1000000; // nanoseconds
static const double SHORTEST_DEFAULT_QUEUE_SECONDS = 0.020;
static const size_t UNLIMITED_RING_BYTES = 64u << 20;

struct record {
    uint64_t due;
    size_t length;
    unsigned char packet[];
};

// Packets under way, oldest first. A record never wraps: what does not fit before the end starts again at 0.
struct ring {
    unsigned char *bytes;
    size_t capacity, head, tail, wrapped_at, records;
};

struct direction {
    const char *from, *to;
    int source, target;
    double loss;
    uint64_t random_state;
    uint64_t link_free_at;
    struct ring under_way;
    uint64_t packets, packet_bytes, lost, queue_dropped, refused;
    uint64_t delivered, lateness, most_late, noticeably_late;
};

struct properties {
    double nanoseconds_per_byte; // 0: no rate
    uint64_t delay;
    uint64_t longest_wait; // for the link, in nanoseconds: the queue limit
    size_t mtu;
    uint64_t grain;
};

static volatile sig_atomic_t stopping;

static void stop(int signal) {
    (void)signal;
    stopping = 1;
}

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * NANOSECONDS_PER_SECOND + (uint64_t)time.tv_nsec;
}

// SplitMix64 (Steele, Lea, Flood 2014), as a number in [0, 1).
static double next_random(uint64_t *state) {
    uint64_t mixed = *state += 0x9E3779B97F4A7C15u;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBu;
    return (double)((mixed ^ (mixed >> 31)) >> 11) * 0x1p-53;
}

static size_t record_bytes(size_t packet) {
    return (sizeof(struct record) + packet + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static void create_ring(struct ring *ring, size_t capacity) {
    ring->capacity = capacity;
    ring->bytes = malloc(capacity);
    if (ring->bytes == NULL)
        fail("malloc");
}

// Where the next record of up to that length may be written, or NULL if there is no room now.
static struct record *ring_room(struct ring *ring, size_t packet) {
    size_t needed = record_bytes(packet);
    if (ring->records == 0)
        ring->head = ring->tail = 0;
    bool free_to_the_end = ring->tail > ring->head || ring->records == 0;
    if (free_to_the_end && ring->capacity - ring->tail < needed && ring->head > needed) {
        ring->wrapped_at = ring->tail;
        ring->tail = 0;
        free_to_the_end = false;
    }
    size_t room = free_to_the_end ? ring->capacity - ring->tail : ring->head - ring->tail;
    return room >= needed ? (struct record *)(ring->bytes + ring->tail) : NULL;
}

static void ring_keep(struct ring *ring, const struct record *record) {
    ring->tail += record_bytes(record->length);
    ring->records++;
}

static struct record *ring_oldest(struct ring *ring) {
    return ring->records == 0 ? NULL : (struct record *)(ring->bytes + ring->head);
}

static void ring_release(struct ring *ring) {
    ring->head += record_bytes(ring_oldest(ring)->length);
    ring->records--;
    if (ring->head == ring->wrapped_at) {
        ring->head = 0;
        ring->wrapped_at = 0;
    }
}

// Decides what becomes of a packet that arrived now; true if it is to be kept until record->due.
static bool admit(struct direction *direction, const struct properties *link, struct record *record, uint64_t time) {
    direction->packets++;
    direction->packet_bytes += record->length;
    uint64_t start = direction->link_free_at > time ? direction->link_free_at : time;
    if (start - time > link->longest_wait) {
        direction->queue_dropped++;
        return false;
    }
    direction->link_free_at = start + (uint64_t)((double)record->length * link->nanoseconds_per_byte);
    record->due = direction->link_free_at + link->delay;
    if (direction->loss > 0 && next_random(&direction->random_state) < direction->loss) {
        direction->lost++;
        return false;
    }
    return true;
}

// Returns true if there was something.
static bool take_arrivals(struct direction *direction, const struct properties *link) {
    for (int reads = 0; reads < READS_PER_LOOK; reads++) {
        struct record *record = ring_room(&direction->under_way, link->mtu);
        if (record == NULL)
            return true;
        ssize_t length = read(direction->source, record->packet, link->mtu);
        if (length <= 0)
            return reads > 0;
        record->length = (size_t)length;
        if (admit(direction, link, record, now()))
            ring_keep(&direction->under_way, record);
    }
    return true;
}

// Hands over what is due; returns when the next packet is.
static uint64_t deliver(struct direction *direction) {
    struct record *record;
    while ((record = ring_oldest(&direction->under_way)) != NULL) {
        uint64_t time = now();
        if (record->due > time)
            return record->due;
        uint64_t late = time - record->due;
        if (write(direction->target, record->packet, record->length) < 0)
            direction->refused++;
        direction->delivered++;
        direction->lateness += late;
        direction->noticeably_late += late > NOTICEABLY_LATE;
        if (late > direction->most_late)
            direction->most_late = late;
        ring_release(&direction->under_way);
    }
    return NEVER;
}

static struct timespec to_timespec(uint64_t nanoseconds) {
    return (struct timespec){
        .tv_sec = (time_t)(nanoseconds / NANOSECONDS_PER_SECOND),
        .tv_nsec = (long)(nanoseconds % NANOSECONDS_PER_SECOND),
    };
}

static void wait_for_arrival(uint64_t due, const struct direction *directions) {
    struct pollfd sources[2];
    for (int i = 0; i < 2; i++)
        sources[i] = (struct pollfd){.fd = directions[i].source, .events = POLLIN};
    uint64_t time = now();
    struct timespec timeout = to_timespec(due > time ? due - time : 0);
    ppoll(sources, 2, &timeout, NULL);
}

// While there is traffic the devices are looked at once per grain instead of being waited for: a wait for each packet costs both this
// program and the sender, who has to wake it, several times what the packet costs.
static void run(struct direction *directions, const struct properties *link, uint64_t end) {
    uint64_t active = 0;
    while (!stopping && now() < end) {
        uint64_t look = now();
        uint64_t due = end;
        for (int i = 0; i < 2; i++) {
            if (take_arrivals(&directions[i], link))
                active = look;
            uint64_t next = deliver(&directions[i]);
            due = next < due ? next : due;
        }
        if (look - active > IDLE_GRAINS * link->grain) {
            wait_for_arrival(due, directions);
        } else if (now() < look + link->grain) {
            struct timespec next_look = to_timespec(look + link->grain);
            clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next_look, NULL);
        }
    }
}

// Makes the named namespace, or with NULL the program's own, the one that devices are made in and asked about.
static void enter(const char *name) {
    static int own = -1;
    char path[256];
    if (own < 0 && (own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC)) < 0)
        fail("/proc/self/ns/net");
    int entered = own;
    if (name != NULL) {
        snprintf(path, sizeof path, "/run/netns/%s", name);
        entered = open(path, O_RDONLY | O_CLOEXEC);
        if (entered < 0)
            fail(path);
    }
    if (setns(entered, CLONE_NEWNET) != 0)
        fail("setns");
    if (entered != own)
        close(entered);
}

static struct ifreq request_for(const char *device) {
    struct ifreq request = {0};
    memcpy(request.ifr_name, device, strlen(device));
    return request;
}

static void configure(int control, unsigned long operation, struct ifreq request) {
    if (ioctl(control, operation, &request) != 0)
        fail("configuring the device");
}

static void set_address(int control, unsigned long operation, uint32_t value) {
    struct ifreq request = request_for(DEVICE);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(value)};
    memcpy(&request.ifr_addr, &address, sizeof address);
    configure(control, operation, request);
}

static void bring_up(int control, const char *device) {
    struct ifreq request = request_for(device);
    request.ifr_flags = IFF_UP | IFF_RUNNING;
    configure(control, SIOCSIFFLAGS, request);
}

static int open_device(const char *name, uint32_t address, size_t mtu) {
    enter(name);
    int device = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    int control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (device < 0 || control < 0)
        fail("/dev/net/tun");

    struct ifreq request = request_for(DEVICE);
    request.ifr_flags = IFF_TUN | IFF_NO_PI;
    configure(device, TUNSETIFF, request);
    request = request_for(DEVICE);
    request.ifr_mtu = (int)mtu;
    configure(control, SIOCSIFMTU, request);
    request = request_for(DEVICE);
    request.ifr_qlen = DEVICE_QUEUE_PACKETS;
    configure(control, SIOCSIFTXQLEN, request);
    set_address(control, SIOCSIFADDR, address);
    set_address(control, SIOCSIFNETMASK, NETMASK);
    bring_up(control, "lo");
    bring_up(control, DEVICE);
    close(control);
    enter(NULL);
    return device;
}

// Packets that the kernel dropped because this program did not read soon enough: should be 0, else the run says little.
static uint64_t device_dropped(const char *name) {
    unsigned long long dropped = 0;
    char line[512];
    enter(name);
    FILE *devices = fopen("/proc/thread-self/net/dev", "re");
    while (devices != NULL && fgets(line, sizeof line, devices) != NULL) {
        char *figures = strchr(line, ':');
        if (figures == NULL || strncmp(line + strspn(line, " "), DEVICE, strlen(DEVICE)) != 0)
            continue;
        // Eight figures of what was received, then bytes, packets, errors and drops of what was sent.
        sscanf(figures + 1, "%*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %llu", &dropped);
    }
    if (devices != NULL)
        fclose(devices);
    enter(NULL);
    return dropped;
}

static void print_direction(const struct direction *direction) {
    double mean = direction->delivered == 0 ? 0 : (double)direction->lateness / (double)direction->delivered;
    printf("%s>%s packets=%llu bytes=%llu lost=%llu queue_dropped=%llu device_dropped=%llu refused=%llu late_mean_us=%.1f "
           "late_max_us=%.1f late_over_1ms=%llu\n",
           direction->from, direction->to, (unsigned long long)direction->packets, (unsigned long long)direction->packet_bytes,
           (unsigned long long)direction->lost, (unsigned long long)direction->queue_dropped,
           (unsigned long long)device_dropped(direction->from), (unsigned long long)direction->refused, mean / 1000,
           (double)direction->most_late / 1000, (unsigned long long)direction->noticeably_late);
}

static void print_own_cost(double seconds) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    double user = (double)usage.ru_utime.tv_sec + (double)usage.ru_utime.tv_usec / 1e6;
    double system = (double)usage.ru_stime.tv_sec + (double)usage.ru_stime.tv_usec / 1e6;
    printf("link seconds=%.1f cpu_seconds=%.2f cpu_percent=%.1f\n", seconds, user + system, (user + system) / seconds * 100);
}

// Being woken late is the largest error there is here. As a deadline task this program goes before everything else, the kernel's guarantee
// for ordinary tasks included, which makes those of a fixed real-time priority wait for up to 50 ms when both cores are busy.
static void ask_for_precedence(void) {
    struct {
        uint32_t size, policy;
        uint64_t flags;
        int32_t nice;
        uint32_t priority;
        uint64_t runtime, deadline, period;
    } wanted = {.size = sizeof wanted, .policy = SCHED_DEADLINE, .runtime = 800000, .deadline = 1000000, .period = 1000000};
    if (syscall(SYS_sched_setattr, 0, &wanted, 0) != 0)
        perror("no precedence over other programs, so deliveries will be later");
}

static void usage(void) {
    fprintf(stderr, "usage: link NAMESPACE NAMESPACE [--rate MEGABITS] [--delay MILLISECONDS] [--loss PERCENT[,PERCENT]] [--queue BYTES]\n"
                    "            [--mtu BYTES] [--seed NUMBER] [--seconds NUMBER] [--grain MICROSECONDS]\n");
    exit(2);
}

int main(int argc, char **argv) {
    static const struct option options[] = {
        {"rate", required_argument, NULL, 'r'},  {"delay", required_argument, NULL, 'd'}, {"loss", required_argument, NULL, 'l'},
        {"queue", required_argument, NULL, 'q'}, {"mtu", required_argument, NULL, 'm'},   {"seed", required_argument, NULL, 's'},
        {"seconds", required_argument, NULL, 't'}, {"grain", required_argument, NULL, 'g'}, {0},
    };
    double rate = 0, delay = 0, loss[2] = {0, 0}, queue = -1, seconds = 600, grain = 100;
    size_t mtu = 1500;
    uint64_t seed = 1;
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'r': rate = atof(optarg) * 1e6; break;
        case 'd': delay = atof(optarg) / 1e3; break;
        case 'l':
            if (sscanf(optarg, "%lf,%lf", &loss[0], &loss[1]) == 1)
                loss[1] = loss[0];
            break;
        case 'q': queue = atof(optarg); break;
        case 'm': mtu = (size_t)atol(optarg); break;
        case 's': seed = strtoull(optarg, NULL, 10); break;
        case 't': seconds = atof(optarg); break;
        case 'g': grain = atof(optarg); break;
        default: usage();
        }
    }
    if (argc - optind != 2 || rate < 0 || delay < 0 || seconds <= 0 || grain <= 0 || mtu < 68 || mtu > MAX_MTU)
        usage();

    double round_trip = 2 * delay > SHORTEST_DEFAULT_QUEUE_SECONDS ? 2 * delay : SHORTEST_DEFAULT_QUEUE_SECONDS;
    double queue_seconds = rate == 0 ? 0 : queue < 0 ? round_trip : queue * 8 / rate;
    struct properties link = {
        .nanoseconds_per_byte = rate == 0 ? 0 : 8e9 / rate,
        .delay = delay * 1e6 > grain ? (uint64_t)(delay * 1e9 - grain * 1e3) : 0,
        .longest_wait = (uint64_t)(queue_seconds * 1e9),
        .mtu = mtu,
        .grain = (uint64_t)(grain * 1e3),
    };
    // Room for everything that can be under way, small packets with their headers included.
    size_t capacity = rate == 0 ? UNLIMITED_RING_BYTES : (size_t)((queue_seconds + delay + 0.1) * rate / 8 * 2) + 16 * record_bytes(mtu);
    struct direction directions[2];
    for (int i = 0; i < 2; i++) {
        directions[i] = (struct direction){.from = argv[optind + i], .to = argv[optind + 1 - i], .loss = loss[i] / 100};
        directions[i].random_state = seed * 2 + (uint64_t)i;
        directions[i].random_state = (uint64_t)(next_random(&directions[i].random_state) * 0x1p53);
        create_ring(&directions[i].under_way, capacity);
        directions[i].source = open_device(directions[i].from, FIRST_ADDRESS + (uint32_t)i, mtu);
    }
    directions[0].target = directions[1].source;
    directions[1].target = directions[0].source;

    signal(SIGINT, stop);
    signal(SIGTERM, stop);
    ask_for_precedence();
    printf("READY\n");
    fflush(stdout);
    uint64_t begin = now();
    run(directions, &link, begin + (uint64_t)(seconds * 1e9));
    double elapsed = (double)(now() - begin) / 1e9;
    for (int i = 0; i < 2; i++)
        print_direction(&directions[i]);
    print_own_cost(elapsed);
    return 0;
}
