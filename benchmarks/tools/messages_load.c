// messages_load PORT plain CLIENTS BYTES COUNT           each client has one message outstanding
// messages_load PORT native CLIENTS BYTES COUNT WINDOW   each client has up to WINDOW messages outstanding
// messages_load PORT native CLIENTS BYTES COUNT WINDOW RATE
//                                                        the same, but no more than RATE messages per second in all, of each client in turn
//
// Sends messages of BYTES to `aldis serve messages` on 127.0.0.1:PORT until COUNT are acknowledged in all, checks every answer, and
// prints one line: acknowledged messages per second, and percentiles in microseconds of the time from send to acknowledgement.
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
    UNIT = 64,
    PLAIN_ANSWER_BYTES = UNIT + 33,
    EVENTS_PER_WAIT = 512,
    RECEIVE_BYTES = 16 * 1024,
    MAX_WINDOW = 65535,
    SLOTS = 4000000, // of 1 microsecond each: 4 s; what takes longer counts in the last
};

static const uint64_t NANOSECONDS_PER_SECOND = 1000000000u;
static const uint64_t NANOSECONDS_PER_SLOT = 1000;

struct client {
    int descriptor;
    uint64_t sent;         // number of the last message sent
    uint64_t acknowledged; // number of the last message acknowledged
    uint64_t *sent_at;     // by number modulo window
    size_t received;
    char incoming[RECEIVE_BYTES];
};

static uint32_t times[SLOTS];
static char *outgoing;
static size_t bytes;
static uint64_t window = 1;
static uint64_t wanted;
static uint64_t counted;
static uint64_t rate; // 0: as fast as they are acknowledged
static int native;

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * NANOSECONDS_PER_SECOND + (uint64_t)time.tv_nsec;
}

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void refuse(const char *answer) {
    fprintf(stderr, "the server answered '%.64s'\n", answer);
    exit(1);
}

static void write_unit(char *unit, const char *text) {
    size_t length = strlen(text);
    memset(unit, ' ', UNIT);
    memcpy(unit, text, length);
}

static void send_all(int descriptor, const char *data, size_t length) {
    for (size_t done = 0; done < length;) {
        ssize_t sent = send(descriptor, data + done, length - done, MSG_NOSIGNAL);
        if (sent < 0 && errno != EINTR)
            fail("send");
        if (sent > 0)
            done += (size_t)sent;
    }
}

static void open_client(struct client *client, int port, int index) {
    int on = 1;
    char unit[UNIT + 1] = "", text[UNIT];
    struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    client->sent_at = calloc(window, sizeof *client->sent_at);
    client->descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (client->descriptor < 0)
        fail("socket");
    setsockopt(client->descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(client->descriptor, (struct sockaddr *)&server, sizeof server) != 0)
        fail("connect");
    if (!native)
        return;

    // An id of its own for each run: its numbers begin at 1.
    snprintf(text, sizeof text, "ALDIS/1 messages client=load-%d-%d", (int)getpid(), index);
    write_unit(unit, text);
    send_all(client->descriptor, unit, UNIT);
    if (recv(client->descriptor, unit, UNIT, MSG_WAITALL) != UNIT || strncmp(unit, "ALDIS/1 last=0 ", 15) != 0)
        refuse(unit);
    unsigned promised = 0;
    if (sscanf(unit, "ALDIS/1 last=0 %*s %*u %u", &promised) != 1 || promised < window) {
        fprintf(stderr, "the server's window is %u\n", promised);
        exit(1);
    }
}

// Sends as many messages as the window lets out, and at most so many, in one send.
static uint64_t fill_window(struct client *client, uint64_t time, uint64_t most) {
    size_t length = 0;
    uint64_t count = 0;
    char text[UNIT];
    for (; count < most && client->sent - client->acknowledged < window; count++) {
        client->sent++;
        if (native)
            snprintf(text, sizeof text, "%zu %llu", bytes, (unsigned long long)client->sent);
        else
            snprintf(text, sizeof text, "%zu", bytes);
        write_unit(outgoing + length, text);
        memset(outgoing + length + UNIT, 'a' + (int)(client->sent % 26), bytes);
        length += UNIT + bytes;
        client->sent_at[client->sent % window] = time;
    }
    if (length > 0)
        send_all(client->descriptor, outgoing, length);
    return count;
}

// Sends what is due at the rate, a message of each client in turn.
static void send_due(struct client *clients, int count, uint64_t elapsed, uint64_t time) {
    static uint64_t sent;
    static int next;
    uint64_t due = elapsed / 1000 * rate / (NANOSECONDS_PER_SECOND / 1000);
    for (int full = 0; sent < due && full < count; next = (next + 1) % count) {
        uint64_t one = fill_window(&clients[next], time, 1);
        sent += one;
        full = one ? 0 : full + 1;
    }
}

static void acknowledge(struct client *client, uint64_t number, uint64_t time) {
    if (number > client->sent)
        refuse("an acknowledgement of what was not sent");
    for (; client->acknowledged < number; counted++) {
        client->acknowledged++;
        uint64_t slot = (time - client->sent_at[client->acknowledged % window]) / NANOSECONDS_PER_SLOT;
        times[slot < SLOTS ? slot : SLOTS - 1]++;
    }
}

// Takes the whole answers among the bytes received.
static void take_answers(struct client *client, uint64_t time) {
    size_t answer = native ? UNIT : PLAIN_ANSWER_BYTES, offset = 0;
    for (; client->received - offset >= answer; offset += answer) {
        const char *text = client->incoming + offset;
        if (native) {
            if (strncmp(text, "ACK ", 4) != 0)
                refuse(text);
            acknowledge(client, strtoull(text + 4, NULL, 10), time);
        } else {
            if (memcmp(text, "33 ", 3) != 0 || memcmp(text + UNIT, "Message received successfully....", 33) != 0)
                refuse(text);
            acknowledge(client, client->acknowledged + 1, time);
        }
    }
    client->received -= offset;
    memmove(client->incoming, client->incoming + offset, client->received);
}

static void print_result(uint64_t elapsed) {
    const double quantiles[] = {0.50, 0.99, 0.999};
    double found[3] = {0, 0, 0};
    uint64_t seen = 0;
    int next = 0;
    for (int slot = 0; slot < SLOTS && next < 3; slot++) {
        seen += times[slot];
        while (next < 3 && (double)seen >= quantiles[next] * (double)counted)
            found[next++] = (double)slot;
    }
    printf("messages_per_second=%.0f p50_us=%.0f p99_us=%.0f p999_us=%.0f\n",
           (double)counted * (double)NANOSECONDS_PER_SECOND / (double)elapsed, found[0], found[1], found[2]);
}

static void run(struct client *clients, int count) {
    struct epoll_event ready[EVENTS_PER_WAIT];
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    uint64_t begin = now(), time = begin;
    for (int i = 0; i < count; i++) {
        struct epoll_event interest = {.events = EPOLLIN, .data.ptr = &clients[i]};
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, clients[i].descriptor, &interest) != 0)
            fail("epoll_ctl");
        if (rate == 0)
            fill_window(&clients[i], time, window);
    }
    while (counted < wanted) {
        int events = epoll_wait(epoll, ready, EVENTS_PER_WAIT, rate ? 1 : 10000);
        if (events == 0 && rate == 0) {
            fprintf(stderr, "nothing was acknowledged for 10 s\n");
            exit(1);
        }
        time = now(); // one reading of the clock for each batch: finer costs more than it tells
        for (int i = 0; i < events; i++) {
            struct client *client = ready[i].data.ptr;
            ssize_t got = recv(client->descriptor, client->incoming + client->received, RECEIVE_BYTES - client->received, MSG_DONTWAIT);
            if (got < 0 && (errno == EAGAIN || errno == EINTR))
                continue;
            if (got <= 0) {
                fprintf(stderr, "the server closed a connection\n");
                exit(1);
            }
            client->received += (size_t)got;
            take_answers(client, time);
            if (rate == 0)
                fill_window(client, time, window);
        }
        if (rate > 0)
            send_due(clients, count, time - begin, time);
    }
    print_result(now() - begin);
}

int main(int argc, char **argv) {
    native = argc > 2 && strcmp(argv[2], "native") == 0;
    if ((argc != (native ? 7 : 6) && !(native && argc == 8)) || (!native && strcmp(argv[2], "plain") != 0)) {
        fprintf(stderr, "usage: messages_load PORT plain CLIENTS BYTES COUNT\n       messages_load PORT native CLIENTS BYTES COUNT WINDOW [RATE]\n");
        return 2;
    }
    int count = atoi(argv[3]);
    bytes = (size_t)atol(argv[4]);
    wanted = strtoull(argv[5], NULL, 10);
    window = native ? strtoull(argv[6], NULL, 10) : 1;
    rate = argc == 8 ? strtoull(argv[7], NULL, 10) : 0;
    if (count < 1 || window < 1 || window > MAX_WINDOW) {
        fprintf(stderr, "there is at least one client, and a window of 1 to %d\n", MAX_WINDOW);
        return 2;
    }
    outgoing = malloc(window * (UNIT + bytes));
    struct client *clients = calloc((size_t)count, sizeof *clients);
    for (int i = 0; i < count; i++)
        open_client(&clients[i], atoi(argv[1]), i);
    run(clients, count);
    return 0;
}
