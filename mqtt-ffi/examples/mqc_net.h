/* What mqc_pub and mqc_sub share: a socket that does not block, and the loop between it and a
 * session. */
#ifndef MQC_NET_H
#define MQC_NET_H

#include <mqtt_core.h>

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

typedef struct {
    const char *host, *port, *topic, *message, *client_id, *user_name, *password;
    mqc_version version;
    mqc_qos qos;
    uint8_t retain;
    /* mqc_sub: 1 to go on with the session of before, and how many messages to wait for. */
    uint8_t keeps_session;
    unsigned long count;
} options;

/* Says what is wrong, and ends the program. */
static inline _Noreturn void fail(const char *what, const char *why) {
    fprintf(stderr, "%s: %s\n", what, why);
    exit(EXIT_FAILURE);
}

static inline void must(mqc_status status, const char *what) {
    if (status != MQC_OK) {
        fail(what, mqc_status_name(status));
    }
}

static inline mqc_bytes text(const char *string) {
    return (mqc_bytes){(const uint8_t *)string, string == NULL ? 0 : strlen(string)};
}

static inline uint64_t now_ms(void) {
    struct timespec now;
    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0) {
        fail("clock_gettime", strerror(errno));
    }
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static inline unsigned long number(const char *argument, unsigned long max) {
    char *end = NULL;
    errno = 0;
    const unsigned long found = strtoul(argument, &end, 10);
    if (errno != 0 || end == argument || *end != 0 || found > max) {
        fail(argument, "no number, or too large");
    }
    return found;
}

static inline options parse(int argc, char **argv, const char *letters, const char *usage) {
    options it = {.host = "127.0.0.1", .port = "1883", .version = MQC_VERSION_V5};
    int letter;
    while ((letter = getopt(argc, argv, letters)) != -1) {
        switch (letter) {
        case 'h':
            it.host = optarg;
            break;
        case 'p':
            it.port = optarg;
            break;
        case 't':
            it.topic = optarg;
            break;
        case 'm':
            it.message = optarg;
            break;
        case 'i':
            it.client_id = optarg;
            break;
        case 'u':
            it.user_name = optarg;
            break;
        case 'P':
            it.password = optarg;
            break;
        case 'q':
            it.qos = (mqc_qos)number(optarg, 2);
            break;
        case 'r':
            it.retain = 1;
            break;
        case 'c':
            it.keeps_session = 1;
            break;
        case 'C':
            it.count = number(optarg, 1000000000);
            break;
        case 'V':
            it.version = strcmp(optarg, "5") == 0       ? MQC_VERSION_V5
                         : strcmp(optarg, "311") == 0   ? MQC_VERSION_V311
                         : strcmp(optarg, "31") == 0    ? MQC_VERSION_V31
                                                        : MQC_VERSION_UNKNOWN;
            if (it.version == MQC_VERSION_UNKNOWN) {
                fail(optarg, "the versions are 5, 311 and 31");
            }
            break;
        default:
            fputs(usage, stderr);
            exit(EXIT_FAILURE);
        }
    }
    if (it.topic == NULL || optind != argc) {
        fputs(usage, stderr);
        exit(EXIT_FAILURE);
    }
    return it;
}

/* A socket that is connected, or is about to be. */
static inline int dial(const options *it) {
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    const int error = getaddrinfo(it->host, it->port, &hints, &found);
    if (error != 0) {
        fail(it->host, gai_strerror(error));
    }
    int last = 0;
    for (const struct addrinfo *at = found; at != NULL; at = at->ai_next) {
        const int fd = socket(at->ai_family, at->ai_socktype, at->ai_protocol);
        if (fd < 0) {
            last = errno;
            continue;
        }
        if (fcntl(fd, F_SETFL, O_NONBLOCK) == 0 &&
            (connect(fd, at->ai_addr, at->ai_addrlen) == 0 || errno == EINPROGRESS)) {
            freeaddrinfo(found);
            return fd;
        }
        last = errno;
        close(fd);
    }
    freeaddrinfo(found);
    fail(it->host, strerror(last));
}

/* A session that has begun to connect. */
static inline mqc_client *open_session(const options *it) {
    mqc_client_config config = MQC_CLIENT_CONFIG_INIT;
    mqc_client *session = NULL;
    config.version = it->version;
    must(mqc_client_new(&config, &session), "mqc_client_new");
    if (it->keeps_session) {
        /* The server may have a session of before, of which this side has nothing left. */
        mqc_session_state *state = NULL;
        must(mqc_client_into_state(session, &state), "mqc_client_into_state");
        mqc_client_free(session);
        must(mqc_client_resume(&config, state, &session), "mqc_client_resume");
        mqc_session_state_free(state);
    }
    uint8_t properties[8];
    mqc_connect connect = {0};
    connect.keep_alive = 60;
    connect.clean_start = !it->keeps_session;
    connect.client_id = text(it->client_id);
    connect.has_user_name = it->user_name != NULL;
    connect.user_name = text(it->user_name);
    connect.has_password = it->password != NULL;
    connect.password = text(it->password);
    if (it->keeps_session && it->version == MQC_VERSION_V5) {
        const mqc_property forever = {.id = MQC_PROPERTY_SESSION_EXPIRY_INTERVAL,
                                      .number = UINT32_MAX};
        must(mqc_property_put(&forever, properties, sizeof properties, &connect.properties.len),
             "mqc_property_put");
        connect.properties.data = properties;
    }
    must(mqc_client_connect(session, now_ms(), &connect), "mqc_client_connect");
    return session;
}

/* Waits for the socket or for the time, and moves bytes both ways. */
static inline void turn(int fd, mqc_client *session) {
    mqc_bytes out;
    size_t wants = 0, taken = 0;
    uint64_t at = 0;
    static uint8_t buffer[65536];
    must(mqc_client_transmit_peek(session, &out), "mqc_client_transmit_peek");
    must(mqc_client_wants_input(session, &wants), "mqc_client_wants_input");
    must(mqc_client_poll_timeout(session, &at, NULL), "mqc_client_poll_timeout");
    struct pollfd it = {.fd = fd};
    it.events = (short)((out.len > 0 ? POLLOUT : 0) | (wants > 0 ? POLLIN : 0));
    const uint64_t now = now_ms();
    const uint64_t wait = at > now ? at - now : 0;
    if (poll(&it, 1, wait > 60000 ? 60000 : (int)wait) < 0 && errno != EINTR) {
        fail("poll", strerror(errno));
    }
    if ((it.revents & (POLLOUT | POLLERR | POLLHUP)) != 0 && out.len > 0) {
        const ssize_t sent = send(fd, out.data, out.len, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
            fail("send", strerror(errno));
        }
        if (sent > 0) {
            must(mqc_client_transmit_advance(session, (size_t)sent), "mqc_client_transmit_advance");
        }
    }
    if ((it.revents & (POLLIN | POLLHUP)) != 0 && wants > 0) {
        const ssize_t got = recv(fd, buffer, wants < sizeof buffer ? wants : sizeof buffer, 0);
        if (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
            fail("recv", strerror(errno));
        }
        if (got == 0) {
            must(mqc_client_handle_eof(session, now_ms()), "mqc_client_handle_eof");
        }
        if (got > 0) {
            /* No more was read than there is room for. */
            must(mqc_client_handle_input(session, now_ms(), buffer, (size_t)got, &taken),
                 "mqc_client_handle_input");
        }
    }
    must(mqc_client_handle_timeout(session, now_ms()), "mqc_client_handle_timeout");
}

/* Sends what is left, after the last event. */
static inline void flush(int fd, mqc_client *session) {
    mqc_bytes out;
    for (int tries = 0; tries < 100; tries++) {
        must(mqc_client_transmit_peek(session, &out), "mqc_client_transmit_peek");
        if (out.len == 0) {
            return;
        }
        struct pollfd it = {.fd = fd, .events = POLLOUT};
        if (poll(&it, 1, 100) <= 0) {
            continue;
        }
        const ssize_t sent = send(fd, out.data, out.len, MSG_NOSIGNAL);
        if (sent < 0) {
            return;
        }
        must(mqc_client_transmit_advance(session, (size_t)sent), "mqc_client_transmit_advance");
    }
}

static inline const char *reason(const mqc_event_closed *closed, mqc_version version) {
    const mqc_packet_type packet =
        closed->reason == MQC_CLOSE_REFUSED ? MQC_PACKET_CONNACK : MQC_PACKET_DISCONNECT;
    return mqc_reason_code_name(closed->reason_code, packet, version);
}

/* Fails, unless it was this side that ended the connection. */
static inline void check_end(const mqc_event_closed *closed, mqc_version version) {
    switch (closed->reason) {
    case MQC_CLOSE_LOCAL:
        return;
    case MQC_CLOSE_EOF:
        fail("closed", "the server has ended the connection");
    case MQC_CLOSE_REFUSED:
    case MQC_CLOSE_DISCONNECT:
        fail("closed by the server", reason(closed, version));
    case MQC_CLOSE_MALFORMED:
        fail("closed", mqc_status_name(closed->decode_error.kind));
    case MQC_CLOSE_TIMEOUT:
        fail("closed", "the server is silent");
    default:
        fail("closed", "the server breaks the protocol");
    }
}

#endif
