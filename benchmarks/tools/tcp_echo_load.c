// tcp_echo_load PORT CONNECTIONS BYTES SECONDS   one message of BYTES in flight on each connection to 127.0.0.1:PORT
// tcp_echo_load PORT CONNECTIONS idle            opens the connections, has one message answered on each, then holds them
//                                                until standard input ends; prints "idle CONNECTIONS" when all are held
//
// The load checks on every connection that what comes back is what was sent, then counts round trips for SECONDS after a warm-up
// and prints one line: messages per second and round-trip percentiles in microseconds.
// At most 500 connections leave from one source address (127.0.0.1, 127.0.0.2, ...), because servers limit connections per address.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    CONNECTIONS_PER_ADDRESS = 500,
    EVENTS_PER_WAIT = 512,
    IDLE_MESSAGE_BYTES = 32,
    RECEIVE_BYTES = 64 * 1024,
    SLOTS = 2000000, // of 100 ns each: 200 ms; what takes longer counts in the last
};

static const uint64_t NANOSECONDS_PER_SECOND = 1000000000u;
static const uint64_t NANOSECONDS_PER_SLOT = 100;
static const uint64_t WARM_UP_NANOSECONDS = 300000000u;

struct connection {
    int descriptor;
    uint64_t sent_at;
    size_t received;
};

static uint32_t round_trips[SLOTS];
static char incoming[RECEIVE_BYTES];

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * NANOSECONDS_PER_SECOND + (uint64_t)time.tv_nsec;
}

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static int open_connection(int port, int index) {
    int on = 1;
    struct sockaddr_in source = {.sin_family = AF_INET};
    struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    source.sin_addr.s_addr = htonl(INADDR_LOOPBACK + (uint32_t)(index / CONNECTIONS_PER_ADDRESS));
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);

    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0)
        fail("socket");
    setsockopt(descriptor, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (bind(descriptor, (struct sockaddr *)&source, sizeof source) != 0)
        fail("bind");
    if (connect(descriptor, (struct sockaddr *)&server, sizeof server) != 0)
        fail("connect");
    return descriptor;
}

static void send_message(int descriptor, const char *message, size_t bytes) {
    for (size_t done = 0; done < bytes;) {
        ssize_t sent = send(descriptor, message + done, bytes - done, MSG_NOSIGNAL);
        if (sent < 0 && errno != EINTR)
            fail("send");
        if (sent > 0)
            done += (size_t)sent;
    }
}

// Sends a message that differs from connection to connection and insists on getting exactly that back.
static void check_echo(int descriptor, int index, size_t bytes) {
    char *message = malloc(bytes);
    char *reply = malloc(bytes);
    for (size_t i = 0; i < bytes; i++)
        message[i] = (char)((uint64_t)index * 31 + i * 7 + (i >> 8));
    send_message(descriptor, message, bytes);
    ssize_t got = recv(descriptor, reply, bytes, MSG_WAITALL);
    if (got != (ssize_t)bytes || memcmp(message, reply, bytes) != 0) {
        fprintf(stderr, "connection %d: the echo is not what was sent (%zd of %zu bytes)\n", index, got, bytes);
        exit(1);
    }
    free(message);
    free(reply);
}

static void print_result(uint64_t messages, uint64_t elapsed) {
    const double quantiles[] = {0.50, 0.99, 0.999};
    double microseconds[3] = {0, 0, 0};
    uint64_t seen = 0;
    int next = 0;
    for (int slot = 0; slot < SLOTS && next < 3; slot++) {
        seen += round_trips[slot];
        while (next < 3 && (double)seen >= quantiles[next] * (double)messages)
            microseconds[next++] = (double)slot * (double)NANOSECONDS_PER_SLOT / 1000.0;
    }
    printf("messages_per_second=%.0f p50_us=%.1f p99_us=%.1f p999_us=%.1f\n",
           (double)messages * (double)NANOSECONDS_PER_SECOND / (double)elapsed, microseconds[0], microseconds[1], microseconds[2]);
}

static void run_load(struct connection *connections, int count, size_t bytes, double seconds) {
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    char *message = malloc(bytes);
    struct epoll_event ready[EVENTS_PER_WAIT];
    memset(message, 'x', bytes);
    for (int i = 0; i < count; i++) {
        struct epoll_event interest = {.events = EPOLLIN, .data.ptr = &connections[i]};
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, connections[i].descriptor, &interest) != 0)
            fail("epoll_ctl");
    }

    uint64_t counting_from = now() + WARM_UP_NANOSECONDS;
    uint64_t end = counting_from + (uint64_t)(seconds * (double)NANOSECONDS_PER_SECOND);
    uint64_t messages = 0;
    for (int i = 0; i < count; i++) {
        connections[i].sent_at = now();
        send_message(connections[i].descriptor, message, bytes);
    }

    uint64_t time = now();
    while (time < end) {
        int events = epoll_wait(epoll, ready, EVENTS_PER_WAIT, 100);
        time = now(); // one reading of the clock for each batch: finer costs more than it tells
        for (int i = 0; i < events; i++) {
            struct connection *connection = ready[i].data.ptr;
            ssize_t got = recv(connection->descriptor, incoming, sizeof incoming, MSG_DONTWAIT);
            if (got < 0 && (errno == EAGAIN || errno == EINTR))
                continue;
            if (got <= 0) {
                fprintf(stderr, "the server closed a connection\n");
                exit(1);
            }
            connection->received += (size_t)got;
            if (connection->received < bytes)
                continue;
            connection->received -= bytes;
            if (time >= counting_from) {
                uint64_t slot = (time - connection->sent_at) / NANOSECONDS_PER_SLOT;
                round_trips[slot < SLOTS ? slot : SLOTS - 1]++;
                messages++;
            }
            connection->sent_at = time;
            send_message(connection->descriptor, message, bytes);
        }
    }
    print_result(messages, time - counting_from);
}

int main(int argc, char **argv) {
    if (argc < 4) {
        fprintf(stderr, "usage: tcp_echo_load PORT CONNECTIONS BYTES SECONDS\n       tcp_echo_load PORT CONNECTIONS idle\n");
        return 2;
    }

    int port = atoi(argv[1]);
    int count = atoi(argv[2]);
    int idle = strcmp(argv[3], "idle") == 0;
    size_t bytes = idle ? IDLE_MESSAGE_BYTES : (size_t)atol(argv[3]);
    struct connection *connections = calloc((size_t)count, sizeof *connections);
    for (int i = 0; i < count; i++) {
        connections[i].descriptor = open_connection(port, i);
        check_echo(connections[i].descriptor, i, bytes);
    }

    if (!idle) {
        run_load(connections, count, bytes, argc > 4 ? atof(argv[4]) : 3);
        return 0;
    }

    printf("idle %d\n", count);
    fflush(stdout);
    while (getchar() != EOF) {
    }
    return 0;
}
