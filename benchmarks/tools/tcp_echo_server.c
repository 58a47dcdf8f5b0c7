// tcp_echo_server PORT: a TCP echo server on 127.0.0.1, one thread, one level-triggered epoll, one receive and one send per
// readiness. It does the least work an echo can do, so it is the ceiling that other servers are measured against.
// PORT 0 picks a free one. Prints "LISTEN port=N" on stderr once it accepts, and runs until it is killed.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 4096, EVENTS_PER_WAIT = 512, BUFFER_BYTES = 64 * 1024 };

static char buffer[BUFFER_BYTES];

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static int open_listener(int port) {
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int on = 1;
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    socklen_t length = sizeof address;

    if (listener < 0)
        fail("socket");
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0)
        fail("bind");
    if (listen(listener, BACKLOG) != 0)
        fail("listen");
    if (getsockname(listener, (struct sockaddr *)&address, &length) != 0)
        fail("getsockname");
    fprintf(stderr, "LISTEN port=%d\n", ntohs(address.sin_port));
    return listener;
}

static void watch(int epoll, int descriptor) {
    struct epoll_event interest = {.events = EPOLLIN, .data.fd = descriptor};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &interest) != 0)
        fail("epoll_ctl");
}

static void accept_all(int epoll, int listener) {
    int on = 1;
    for (;;) {
        int connection = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (connection < 0)
            return;
        setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        watch(epoll, connection);
    }
}

// Returns false when the connection is over. A full send buffer is waited out by trying again: simple, and a ceiling may be greedy.
static bool echo_once(int connection) {
    ssize_t received = recv(connection, buffer, sizeof buffer, 0);
    if (received < 0)
        return errno == EAGAIN || errno == EINTR;
    if (received == 0)
        return false;

    for (ssize_t done = 0; done < received;) {
        ssize_t sent = send(connection, buffer + done, (size_t)(received - done), MSG_NOSIGNAL);
        if (sent >= 0)
            done += sent;
        else if (errno != EAGAIN && errno != EINTR)
            return false;
    }
    return true;
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: tcp_echo_server PORT\n");
        return 2;
    }

    int listener = open_listener(atoi(argv[1]));
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event ready[EVENTS_PER_WAIT];
    if (epoll < 0)
        fail("epoll_create1");
    watch(epoll, listener);

    for (;;) {
        int count = epoll_wait(epoll, ready, EVENTS_PER_WAIT, -1);
        for (int i = 0; i < count; i++) {
            if (ready[i].data.fd == listener)
                accept_all(epoll, listener);
            else if (!echo_once(ready[i].data.fd))
                close(ready[i].data.fd);
        }
    }
}
