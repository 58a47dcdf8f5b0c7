// udp_echo_load PORT SOCKETS BYTES DEPTH SECONDS   DEPTH datagrams of BYTES in flight on each socket to 127.0.0.1:PORT
//
// Every reply is compared with what was sent. A datagram that does not come back within 200 ms is counted as lost and sent again, so
// that a lossy server slows the load down and does not stop it. Counts replies for SECONDS after a warm-up and prints one line:
// messages per second, round-trip percentiles in microseconds, and the number lost.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    EVENTS_PER_WAIT = 256,
    MOST_BYTES = 65507,
    MOST_DEPTH = 64,
    SLOTS = 2000000, // of 100 ns each; what takes longer counts in the last
    HEADER_BYTES = 8, // number of the slot and of its turn, at the beginning of each datagram
};

static const uint64_t NANOSECONDS_PER_SECOND = 1000000000u;
static const uint64_t NANOSECONDS_PER_SLOT = 100;
static const uint64_t WARM_UP_NANOSECONDS = 300000000u;
static const uint64_t LOST_NANOSECONDS = 200000000u;

struct place {
    int descriptor;
    uint64_t sent_at[MOST_DEPTH];
    uint32_t turn[MOST_DEPTH];
};

static uint32_t round_trips[SLOTS];
static char outgoing[MOST_BYTES];
static char incoming[MOST_BYTES + 1];

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * NANOSECONDS_PER_SECOND + (uint64_t)time.tv_nsec;
}

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void send_one(struct place *place, uint32_t slot, size_t bytes, uint64_t time) {
    place->turn[slot]++;
    memcpy(outgoing, &slot, 4);
    memcpy(outgoing + 4, &place->turn[slot], 4);
    place->sent_at[slot] = time;
    if (send(place->descriptor, outgoing, bytes, 0) < 0 && errno != EAGAIN && errno != ENOBUFS)
        fail("send");
}

static double percentile(uint64_t count, double share) {
    uint64_t seen = 0;
    for (int slot = 0; slot < SLOTS; slot++) {
        seen += round_trips[slot];
        if (seen > 0 && (double)seen >= share * (double)count)
            return (double)slot * (double)NANOSECONDS_PER_SLOT / 1000.0;
    }
    return 0;
}

int main(int count, char **words) {
    if (count != 6) {
        fprintf(stderr, "usage: udp_echo_load PORT SOCKETS BYTES DEPTH SECONDS\n");
        return 2;
    }
    int port = atoi(words[1]), sockets = atoi(words[2]), depth = atoi(words[4]);
    size_t bytes = (size_t)atoi(words[3]);
    if (sockets < 1 || bytes < HEADER_BYTES || bytes > MOST_BYTES || depth < 1 || depth > MOST_DEPTH) {
        fprintf(stderr, "udp_echo_load: SOCKETS from 1, BYTES from %d to %d, DEPTH from 1 to %d\n", HEADER_BYTES, MOST_BYTES, MOST_DEPTH);
        return 2;
    }
    memset(outgoing, 'x', sizeof outgoing);
    struct place *places = calloc((size_t)sockets, sizeof *places);
    int poll = epoll_create1(0);
    struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (int index = 0; index < sockets; index++) {
        struct place *place = &places[index];
        place->descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
        if (place->descriptor < 0 || connect(place->descriptor, (struct sockaddr *)&server, sizeof server) < 0)
            fail("connect");
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = place};
        if (epoll_ctl(poll, EPOLL_CTL_ADD, place->descriptor, &event) < 0)
            fail("epoll_ctl");
        for (int slot = 0; slot < depth; slot++)
            send_one(place, (uint32_t)slot, bytes, now());
    }

    uint64_t begin = now() + WARM_UP_NANOSECONDS;
    uint64_t end = begin + (uint64_t)(atof(words[5]) * (double)NANOSECONDS_PER_SECOND);
    uint64_t replies = 0, lost = 0, looked = begin;
    struct epoll_event events[EVENTS_PER_WAIT];
    for (uint64_t time = now(); time < end; time = now()) {
        int ready = epoll_wait(poll, events, EVENTS_PER_WAIT, 50);
        time = now();
        for (int index = 0; index < ready; index++) {
            struct place *place = events[index].data.ptr;
            for (;;) {
                ssize_t length = recv(place->descriptor, incoming, sizeof incoming, 0);
                if (length < 0) {
                    if (errno == EAGAIN)
                        break;
                    fail("recv");
                }
                uint32_t slot, turn;
                memcpy(&slot, incoming, 4);
                memcpy(&turn, incoming + 4, 4);
                if ((size_t)length != bytes || slot >= (uint32_t)depth || memcmp(incoming + HEADER_BYTES, outgoing + HEADER_BYTES, bytes - HEADER_BYTES)) {
                    fprintf(stderr, "udp_echo_load: what came back is not what was sent\n");
                    return 1;
                }
                if (turn != place->turn[slot])
                    continue; // given up before
                time = now();
                if (time >= begin) {
                    uint64_t took = (time - place->sent_at[slot]) / NANOSECONDS_PER_SLOT;
                    round_trips[took < SLOTS ? took : SLOTS - 1]++;
                    replies++;
                }
                send_one(place, slot, bytes, time);
            }
        }
        if (time - looked > LOST_NANOSECONDS / 4 && time > looked) {
            looked = time;
            for (int index = 0; index < sockets; index++)
                for (int slot = 0; slot < depth; slot++)
                    if (time - places[index].sent_at[slot] > LOST_NANOSECONDS) {
                        lost++;
                        send_one(&places[index], (uint32_t)slot, bytes, time);
                    }
        }
    }
    double seconds = (double)(end - begin) / (double)NANOSECONDS_PER_SECOND;
    printf("messages_per_second=%.0f p50_us=%.1f p99_us=%.1f lost=%llu\n", (double)replies / seconds, percentile(replies, 0.5),
           percentile(replies, 0.99), (unsigned long long)lost);
    return 0;
}
