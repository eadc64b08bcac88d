/* A client and a server with nothing but memory between them, and a record of what they report. */
#ifndef PAIR_H
#define PAIR_H

#include "check.h"

#include <stdarg.h>

typedef struct {
    mqc_client *client;
    mqc_server *server;
    uint64_t now;
    /* So many bytes at a time go from one to the other. */
    size_t chunk;
    /* What the server answers: for a CONNECT, and for each filter. */
    mqc_connack connack;
    mqc_session_state *state;
    int answers_connect;
    mqc_version version;
    /* Bytes that went each way in all. */
    size_t to_server, to_client;
    char log[8192];
    size_t log_len;
} pair;

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
static inline void say(pair *p, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const int len = vsnprintf(p->log + p->log_len, sizeof p->log - p->log_len, format, arguments);
    va_end(arguments);
    CHECK(len >= 0 && (size_t)len < sizeof p->log - p->log_len);
    p->log_len += (size_t)len;
}

/* For "%.*s". */
#define ARG(bytes) (int)(bytes).len, (bytes).len ? (const char *)(bytes).data : ""

static inline void say_bytes(pair *p, mqc_bytes bytes) {
    for (size_t i = 0; i < bytes.len; i++) {
        say(p, "%s%02x", i ? " " : "", bytes.data[i]);
    }
}

/* A large payload would fill the record. */
static inline mqc_bytes start(mqc_bytes payload) {
    return (mqc_bytes){payload.data, payload.len < 16 ? payload.len : 16};
}

/* One line for each event: who, what, and its fields. */
static inline void record(pair *p, char who, const mqc_event *event) {
    CHECK(event->reserved == 0);
    say(p, "%c ", who);
    switch (event->kind) {
    case MQC_EVENT_CONNECTED:
        say(p, "connected present=%d code=%d session=%u dropped=%u",
            event->body.connected.connack.session_present,
            event->body.connected.connack.reason_code, event->body.connected.session,
            (unsigned)event->body.connected.dropped);
        break;
    case MQC_EVENT_CONNECT:
        say(p, "connect v=%u id=%.*s clean=%d keep=%d will=%d:%.*s",
            event->body.connect.version, ARG(event->body.connect.client_id),
            event->body.connect.clean_start, event->body.connect.keep_alive,
            event->body.connect.has_will, ARG(event->body.connect.will_topic));
        break;
    case MQC_EVENT_MESSAGE:
        say(p, "message %.*s=%.*s qos=%d retain=%d dup=%d ack=%d properties=",
            ARG(event->body.message.publish.topic), ARG(start(event->body.message.publish.payload)),
            event->body.message.publish.qos, event->body.message.publish.retain,
            event->body.message.publish.dup, event->body.message.ack.packet_id);
        say_bytes(p, event->body.message.publish.properties);
        break;
    case MQC_EVENT_PUBLISHED:
        say(p, "published %u id=%d code=%d", (unsigned)event->body.published.token,
            event->body.published.packet_id, event->body.published.reason_code);
        break;
    case MQC_EVENT_DROPPED:
        say(p, "dropped %u why=%u", (unsigned)event->body.dropped.token, event->body.dropped.why);
        break;
    case MQC_EVENT_FENCED:
        say(p, "fenced %u", (unsigned)event->body.fenced.epoch);
        break;
    case MQC_EVENT_WRITABLE:
        say(p, "writable");
        break;
    case MQC_EVENT_SUBSCRIBED:
    case MQC_EVENT_UNSUBSCRIBED:
        say(p, "%s %u codes=", event->kind == MQC_EVENT_SUBSCRIBED ? "subscribed" : "unsubscribed",
            (unsigned)event->body.subscribed.token);
        say_bytes(p, event->body.subscribed.reason_codes);
        break;
    case MQC_EVENT_SUBSCRIBE: {
        mqc_bytes rest = event->body.subscribe.subscriptions;
        mqc_subscription subscription;
        say(p, "subscribe");
        for (;;) {
            CHECK_STATUS(mqc_subscription_next(&rest, &subscription), MQC_OK);
            if (subscription.filter.len == 0) {
                break;
            }
            say(p, " %.*s:%d", ARG(subscription.filter), subscription.qos);
        }
        break;
    }
    case MQC_EVENT_UNSUBSCRIBE: {
        mqc_bytes rest = event->body.unsubscribe.filters, filter;
        say(p, "unsubscribe");
        for (;;) {
            CHECK_STATUS(mqc_filter_next(&rest, &filter), MQC_OK);
            if (filter.len == 0) {
                break;
            }
            say(p, " %.*s", ARG(filter));
        }
        break;
    }
    case MQC_EVENT_AUTH:
        say(p, "auth code=%d properties=", event->body.auth.reason_code);
        say_bytes(p, event->body.auth.properties);
        break;
    case MQC_EVENT_CLOSED:
        say(p, "closed %u code=%d fault=%d timer=%u violation=%u packet=%u error=%s",
            event->body.closed.reason, event->body.closed.reason_code,
            event->body.closed.is_fault, event->body.closed.timer, event->body.closed.violation,
            event->body.closed.packet_type, mqc_status_name(event->body.closed.decode_error.kind));
        break;
    default:
        say(p, "event %u", event->kind);
    }
    say(p, "\n");
}

/* Answers what the server is asked. */
static inline void answer(pair *p, const mqc_event *event) {
    if (event->kind == MQC_EVENT_CONNECT) {
        p->version = event->body.connect.version;
    }
    uint8_t codes[16];
    size_t count = 0;
    mqc_filter_ack ack = {0};
    mqc_bytes rest;
    if (event->kind == MQC_EVENT_CONNECT && p->answers_connect) {
        CHECK_STATUS(mqc_server_accept(p->server, p->now, &p->connack, p->state), MQC_OK);
    } else if (event->kind == MQC_EVENT_SUBSCRIBE) {
        mqc_subscription subscription;
        rest = event->body.subscribe.subscriptions;
        for (;;) {
            CHECK_STATUS(mqc_subscription_next(&rest, &subscription), MQC_OK);
            if (subscription.filter.len == 0) {
                break;
            }
            CHECK(count < sizeof codes);
            codes[count++] = subscription.qos;
        }
        ack.packet_id = event->body.subscribe.packet_id;
        ack.reason_codes = (mqc_bytes){codes, count};
        CHECK_STATUS(mqc_server_suback(p->server, p->now, &ack), MQC_OK);
    } else if (event->kind == MQC_EVENT_UNSUBSCRIBE) {
        mqc_bytes filter;
        rest = event->body.unsubscribe.filters;
        for (;;) {
            CHECK_STATUS(mqc_filter_next(&rest, &filter), MQC_OK);
            if (filter.len == 0) {
                break;
            }
            CHECK(count < sizeof codes);
            codes[count++] = 0;
        }
        ack.packet_id = event->body.unsubscribe.packet_id;
        /* Before 5.0 there are none. */
        ack.reason_codes = (mqc_bytes){codes, p->version == MQC_VERSION_V5 ? count : 0};
        CHECK_STATUS(mqc_server_unsuback(p->server, p->now, &ack), MQC_OK);
    }
}

/* Moves bytes until neither side has more to say. `role` and `other` take turns. */
#define MOVE(role, other, p)                                                                       \
    for (;;) {                                                                                     \
        mqc_bytes out_;                                                                            \
        size_t taken_ = 0;                                                                         \
        CHECK_STATUS(mqc_##role##_transmit_peek((p)->role, &out_), MQC_OK);                        \
        if (out_.len == 0) {                                                                       \
            break;                                                                                 \
        }                                                                                          \
        if (out_.len > (p)->chunk) {                                                               \
            out_.len = (p)->chunk;                                                                 \
        }                                                                                          \
        CHECK_STATUS(                                                                              \
            mqc_##other##_handle_input((p)->other, (p)->now, out_.data, out_.len, &taken_),        \
            MQC_OK);                                                                               \
        CHECK_STATUS(mqc_##role##_transmit_advance((p)->role, taken_), MQC_OK);                    \
        (p)->to_##other += taken_;                                                                 \
        moved += taken_;                                                                           \
        poll_##other(p);                                                                           \
    }

static inline void poll_client(pair *p) {
    mqc_event event;
    for (;;) {
        CHECK_STATUS(mqc_client_poll_event(p->client, &event), MQC_OK);
        if (event.kind == MQC_EVENT_NONE) {
            return;
        }
        record(p, 'c', &event);
    }
}

static inline void poll_server(pair *p) {
    mqc_event event;
    for (;;) {
        CHECK_STATUS(mqc_server_poll_event(p->server, &event), MQC_OK);
        if (event.kind == MQC_EVENT_NONE) {
            return;
        }
        record(p, 's', &event);
        answer(p, &event);
    }
}

static inline void settle(pair *p) {
    size_t moved;
    do {
        moved = 0;
        poll_client(p);
        poll_server(p);
        MOVE(client, server, p)
        MOVE(server, client, p)
    } while (moved > 0);
}

/* Forgets the record, after a look at it. */
static inline void expect(pair *p, const char *log) {
    if (strcmp(p->log, log) != 0) {
        fprintf(stderr, "recorded:\n%sexpected:\n%s", p->log, log);
        exit(EXIT_FAILURE);
    }
    p->log_len = 0;
    p->log[0] = 0;
}

static inline void begin(pair *p, const mqc_client_config *client,
                         const mqc_server_config *server) {
    memset(p, 0, sizeof *p);
    p->now = 1000;
    p->chunk = SIZE_MAX;
    p->answers_connect = 1;
    CHECK_STATUS(mqc_client_new(client, &p->client), MQC_OK);
    CHECK_STATUS(mqc_server_new(server, p->now, &p->server), MQC_OK);
}

static inline void end(pair *p) {
    mqc_client_free(p->client);
    mqc_server_free(p->server);
    mqc_session_state_free(p->state);
    memset(p, 0, sizeof *p);
}

static inline mqc_connect connect_as(mqc_bytes client_id) {
    mqc_connect connect = {0};
    connect.clean_start = 1;
    connect.client_id = client_id;
    return connect;
}

static inline mqc_publish message(mqc_bytes topic, mqc_qos qos, mqc_bytes payload) {
    mqc_publish publish = {0};
    publish.topic = topic;
    publish.qos = qos;
    publish.payload = payload;
    return publish;
}

#endif
