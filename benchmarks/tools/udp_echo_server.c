// udp_echo_server PORT   returns every datagram to its sender, one at a time, as the classic loop does; prints "port=N" on stderr
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

int main(int count, char **words) {
    static char datagram[65536];
    struct sockaddr_in place = {.sin_family = AF_INET, .sin_port = htons((unsigned short)(count > 1 ? atoi(words[1]) : 0))};
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof place;
    int descriptor = socket(AF_INET, SOCK_DGRAM, 0);
    if (descriptor < 0 || bind(descriptor, (struct sockaddr *)&place, length) < 0 || getsockname(descriptor, (struct sockaddr *)&place, &length) < 0) {
        perror("udp_echo_server");
        return 1;
    }
    fprintf(stderr, "port=%d\n", ntohs(place.sin_port));
    for (;;) {
        struct sockaddr_in from;
        length = sizeof from;
        ssize_t bytes = recvfrom(descriptor, datagram, sizeof datagram, 0, (struct sockaddr *)&from, &length);
        if (bytes >= 0)
            sendto(descriptor, datagram, (size_t)bytes, 0, (struct sockaddr *)&from, length);
    }
}
