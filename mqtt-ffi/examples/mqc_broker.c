/* A broker on sockets and ppoll: the shortest honest driver.
 *
 *     mqc_broker [PORT]
 *
 * It serves 127.0.0.1, port 1883 or the one named (0: any free one, which it prints), to anybody, and
 * keeps nothing when it ends: at SIGINT or SIGTERM it says goodbye to its clients.
 *
 * The loop: 1 accept, 2 what has come goes in, 3 events are polled, 4 what there is to be sent goes out,
 * 5 sleep until something comes, something can be sent, or something is due. */
#define _GNU_SOURCE /* ppoll */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <mqtt_core.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { MAX_CONNECTIONS = 1000, PIECES = 16, BUFFER = 1 << 16, LINGER_MS = 5000 };

/* A connection: its socket, its name, and what the broker has not taken yet. */
struct client {
    mqc_conn conn;
    uint8_t *rest;
    size_t rest_len;
    int is_closing;
    /* When a connection that is over is closed, whether it has read all or not. */
    uint64_t last_moment;
};

static volatile sig_atomic_t is_told_to_end;
static mqc_broker *broker;
/* Place 0 is the listener. */
static struct pollfd places[1 + MAX_CONNECTIONS];
static struct client clients[1 + MAX_CONNECTIONS];
static nfds_t count = 1;
/* After there were too many files. */
static uint64_t accepts_again;

static void on_signal(int signal) {
    (void)signal;
    is_told_to_end = 1;
}

static void need(int is_good, const char *what) {
    if (!is_good) {
        perror(what);
        exit(EXIT_FAILURE);
    }
}

static void check(mqc_status status, const char *what) {
    if (status != MQC_OK) {
        fprintf(stderr, "%s: %s\n", what, mqc_status_name(status));
        exit(EXIT_FAILURE);
    }
}

static uint64_t now_ms(void) {
    struct timespec time;
    need(clock_gettime(CLOCK_MONOTONIC, &time) == 0, "clock_gettime");
    return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

static int listen_on(uint16_t port) {
    const int on = 1;
    const int socket_fd = socket(AF_INET, SOCK_STREAM, 0);
    need(socket_fd >= 0, "socket");
    setsockopt(socket_fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    struct sockaddr_in address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    need(bind(socket_fd, (const struct sockaddr *)&address, sizeof address) == 0, "bind");
    need(listen(socket_fd, SOMAXCONN) == 0, "listen");
    need(fcntl(socket_fd, F_SETFL, O_NONBLOCK) == 0, "fcntl");
    socklen_t len = sizeof address;
    need(getsockname(socket_fd, (struct sockaddr *)&address, &len) == 0, "getsockname");
    printf("listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return socket_fd;
}

static void accept_all(uint64_t now) {
    while (count <= MAX_CONNECTIONS) {
        const int fd = accept(places[0].fd, NULL, NULL);
        if (fd < 0) {
            if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
                /* It would be there at once again. */
                accepts_again = now + 1000;
            }
            return;
        }
        mqc_conn conn = MQC_CONN_NONE;
        const int on = 1;
        if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0 || mqc_broker_open(broker, now, &conn) != MQC_OK) {
            close(fd);
            return;
        }
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        places[count] = (struct pollfd){.fd = fd, .events = POLLIN};
        clients[count] = (struct client){.conn = conn};
        count++;
    }
}

/* Tells the broker that a connection is gone, and fills its place with the last one. */
static void forget(nfds_t at, uint64_t now) {
    check(mqc_broker_handle_eof(broker, clients[at].conn, now), "eof");
    close(places[at].fd);
    free(clients[at].rest);
    count--;
    places[at] = places[count];
    clients[at] = clients[count];
}

/* Hands over bytes; what is not taken is kept. */
static void give(struct client *client, const uint8_t *data, size_t len, uint64_t now) {
    size_t taken = 0;
    check(mqc_broker_handle_input(broker, client->conn, now, data, len, &taken), "input");
    uint8_t *rest = NULL;
    if (taken < len) {
        rest = malloc(len - taken);
        need(rest != NULL, "malloc");
        memcpy(rest, data + taken, len - taken);
    }
    free(client->rest);
    client->rest = rest;
    client->rest_len = len - taken;
}

/* Reads; 0 if the connection is gone. */
static int receive(nfds_t at, uint64_t now) {
    static uint8_t buffer[BUFFER];
    struct client *client = &clients[at];
    if (client->rest_len > 0) {
        give(client, client->rest, client->rest_len, now);
        return 1;
    }
    const ssize_t len = read(places[at].fd, buffer, sizeof buffer);
    if (len > 0) {
        give(client, buffer, (size_t)len, now);
        return 1;
    }
    return len < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
}

/* Writes what there is; 0 if the connection is gone, or over and all is sent or its time to read is over. */
static int send_all(nfds_t at, uint64_t now) {
    const struct client *client = &clients[at];
    for (;;) {
        mqc_bytes pieces[PIECES];
        struct iovec parts[PIECES];
        size_t pieces_count = 0;
        check(mqc_broker_transmit_peek_vectored(broker, client->conn, pieces, PIECES,
                                                &pieces_count),
              "peek");
        if (pieces_count == 0) {
            places[at].events = POLLIN;
            return !client->is_closing;
        }
        for (size_t i = 0; i < pieces_count; i++) {
            /* writev reads them; only its type does not say so. */
            union {
                const uint8_t *in;
                void *out;
            } base = {pieces[i].data};
            parts[i] = (struct iovec){base.out, pieces[i].len};
        }
        const ssize_t len = writev(places[at].fd, parts, (int)pieces_count);
        if (len < 0) {
            const int may_go_on = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
            places[at].events = POLLIN | POLLOUT;
            return may_go_on && !(client->is_closing && now >= client->last_moment);
        }
        check(mqc_broker_transmit_advance(broker, client->conn, (size_t)len), "advance");
    }
}

static struct client *client_of(mqc_conn conn) {
    for (nfds_t at = 1; at < count; at++) {
        if (clients[at].conn == conn) {
            return &clients[at];
        }
    }
    return NULL;
}

static void poll_events(uint64_t now) {
    for (;;) {
        mqc_broker_event event;
        check(mqc_broker_poll_event(broker, &event), "event");
        if (event.kind == MQC_BROKER_EVENT_NONE) {
            return;
        }
        if (event.kind == MQC_BROKER_EVENT_CLOSED) {
            struct client *client = client_of(event.conn);
            if (client != NULL) {
                client->is_closing = 1;
                client->last_moment = now + LINGER_MS;
            }
        }
    }
}

/* How long to wait: a second at most, for what this cannot be woken by. */
static int wait_ms(uint64_t now) {
    uint64_t due = 0;
    check(mqc_broker_poll_timeout(broker, &due), "timeout");
    for (nfds_t at = 1; at < count; at++) {
        if (clients[at].is_closing && clients[at].last_moment < due) {
            due = clients[at].last_moment;
        }
    }
    const uint64_t wait = due > now ? due - now : 0;
    return wait > 1000 ? 1000 : (int)wait;
}

/* Sends, hands over what the broker has not taken before, and lets go of connections that are over. True if that has made
 * something to be done about a connection: what one reads makes room for others, and what one sends goes to others. */
static int turn(uint64_t now) {
    int is_more = 0;
    poll_events(now);
    for (nfds_t at = 1; at < count;) {
        struct client *client = &clients[at];
        if (!send_all(at, now)) {
            forget(at, now);
            is_more = 1;
            continue;
        }
        if (client->rest_len > 0) {
            const size_t before = client->rest_len;
            give(client, client->rest, client->rest_len, now);
            is_more |= client->rest_len < before;
        }
        if (client->rest_len > 0) {
            /* Nothing more is read behind it. */
            places[at].events &= (short)~POLLIN;
        }
        at++;
    }
    for (;;) {
        mqc_conn conn = MQC_CONN_NONE;
        check(mqc_broker_poll_writable(broker, &conn), "writable");
        if (conn == MQC_CONN_NONE) {
            return is_more;
        }
        is_more = 1;
    }
}

int main(int argc, char **argv) {
    if (mqc_abi_version() != MQC_ABI_VERSION) {
        fprintf(stderr, "library %s does not go with this program\n", mqc_version_string());
        return EXIT_FAILURE;
    }
    /* They come while this waits, and not between a look at what they say and that. */
    const struct sigaction action = {.sa_handler = on_signal};
    sigset_t ends, before;
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    sigprocmask(SIG_BLOCK, &ends, &before);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    const struct sigaction ignored = {.sa_handler = SIG_IGN};
    sigaction(SIGPIPE, &ignored, NULL);

    const mqc_broker_config config = MQC_BROKER_CONFIG_INIT;
    check(mqc_broker_new(&config, now_ms(), &broker), "broker");
    const unsigned long port = argc > 1 ? strtoul(argv[1], NULL, 10) : 1883;
    places[0] = (struct pollfd){.fd = listen_on((uint16_t)port), .events = POLLIN};

    while (!is_told_to_end) {
        uint64_t now = now_ms();
        places[0].events = count <= MAX_CONNECTIONS && now >= accepts_again ? POLLIN : 0;
        const int wait = wait_ms(now);
        const struct timespec time = {wait / 1000, (long)(wait % 1000) * 1000000};
        if (ppoll(places, count, &time, &before) < 0) {
            if (errno != EINTR) {
                perror("ppoll");
                break;
            }
            continue;
        }
        now = now_ms();
        check(mqc_broker_handle_timeout(broker, now), "timeout");
        for (nfds_t at = 1; at < count;) {
            const int has_come = places[at].revents & (POLLIN | POLLHUP | POLLERR);
            if (has_come && !receive(at, now)) {
                forget(at, now);
            } else {
                at++;
            }
        }
        if (places[0].revents & POLLIN) {
            accept_all(now);
        }
        while (turn(now)) {
        }
    }

    mqc_disconnect goodbye;
    memset(&goodbye, 0, sizeof goodbye);
    goodbye.reason_code = 0x8B;
    check(mqc_broker_shut_down(broker, now_ms(), &goodbye), "shut down");
    turn(now_ms());
    while (count > 1) {
        forget(1, now_ms());
    }
    close(places[0].fd);
    mqc_broker_free(broker);
    return EXIT_SUCCESS;
}
