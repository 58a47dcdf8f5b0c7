/* Sends each line of a file exactly once; after any failure run it again.
   cc -o client client.c && ./client 127.0.0.1 9999 pump-7 readings.txt */
#define _POSIX_C_SOURCE 200809L
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static long long answer(FILE *in, FILE *out, const char *format)
{
    char unit[65] = "";
    long long number;
    if (fflush(out) != 0 || fread(unit, 1, 64, in) != 64 || sscanf(unit, format, &number) != 1)
        exit(1);
    return number;
}

int main(int count, char **word)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *server;
    if (count != 5 || getaddrinfo(word[1], word[2], &hints, &server) != 0)
        return 2;
    int descriptor = socket(server->ai_family, SOCK_STREAM, 0);
    FILE *readings = fopen(word[4], "r"), *in = fdopen(descriptor, "r"), *out = fdopen(dup(descriptor), "w");
    if (readings == NULL || in == NULL || out == NULL || connect(descriptor, server->ai_addr, server->ai_addrlen) != 0)
        return 1;
    fprintf(out, "ALDIS/1 messages client=%-40s", word[3]);
    long long last = answer(in, out, "ALDIS/1 last=%lld "), number = 0;
    char *line = NULL, unit[65];
    size_t room = 0;
    for (ssize_t length; (length = getline(&line, &room, readings)) > 0;) {
        if (++number < last)
            continue; /* message `last` goes once more: is it ours? */
        length -= line[length - 1] == '\n';
        snprintf(unit, sizeof unit, "%zd %lld", length, number);
        fprintf(out, "%-64s", unit);
        fwrite(line, 1, length, out);
        if (answer(in, out, "ACK %lld ") != number)
            return 1;
    }
    return ferror(readings) != 0 || number < last;
}
