/* A libFuzzer target for objects through C: a client, a server's session or a broker gets any bytes, in
 * any pieces, while time passes and commands are given. Nothing fails but what may, all that events show can
 * be read, and what was taken and sent adds up.
 *
 * The first byte of the input is the role and the version. Of the rest, a byte says what is done next, and how many
 * of the bytes behind it are handed over. */
#include "mqtt_core.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

#define TEXT(literal) ((mqc_bytes){(const uint8_t *)(literal), sizeof(literal) - 1})

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t input_len);

static uint64_t now;
/* So that nothing that is read is left out. */
static volatile uint8_t sum;

static void look(mqc_bytes view) {
    for (size_t i = 0; i < view.len; i++) {
        sum = (uint8_t)(sum + view.data[i]);
    }
}

static void look_block(mqc_bytes block) {
    for (;;) {
        mqc_property property;
        REQUIRE(mqc_property_next(&block, &property) == MQC_OK);
        if (property.id == MQC_PROPERTY_NONE) {
            return;
        }
        look(property.name);
        look(property.value);
    }
}

static void look_publish(const mqc_publish *publish) {
    look(publish->topic);
    look_block(publish->properties);
    look(publish->payload);
}

static mqc_publish message(mqc_qos qos) {
    mqc_publish publish;
    memset(&publish, 0, sizeof publish);
    publish.topic = TEXT("a/b");
    publish.payload = TEXT("payload");
    publish.qos = qos;
    return publish;
}

static void client(uint8_t first, const uint8_t *data, size_t len) {
    mqc_client_config config = MQC_CLIENT_CONFIG_INIT;
    config.version = (mqc_version)(3 + (first >> 4) % 3);
    config.durability = first >> 6;
    if (config.durability > MQC_DURABILITY_GATE) {
        config.durability = MQC_DURABILITY_OFF;
    }
    config.ack_mode = (first & 8) ? MQC_ACK_MANUAL : MQC_ACK_AUTO;
    mqc_client *session = NULL;
    REQUIRE(mqc_client_new(&config, &session) == MQC_OK);
    mqc_connect connect;
    memset(&connect, 0, sizeof connect);
    connect.clean_start = 1;
    connect.client_id = TEXT("id");
    connect.keep_alive = 10;
    REQUIRE(mqc_client_connect(session, now, &connect) == MQC_OK);
    while (len > 0) {
        const uint8_t what = *data;
        size_t part = what >> 3, taken = 0;
        data++;
        len--;
        part = part < len ? part : len;
        switch (what & 7) {
        case 0:
            now += 1000;
            REQUIRE(mqc_client_handle_timeout(session, now) == MQC_OK);
            break;
        case 1: {
            const mqc_publish publish = message((mqc_qos)(part % 3));
            mqc_client_publish(session, now, &publish, 5, MQC_WHEN_FULL_QUEUE, NULL);
            break;
        }
        case 2: {
            mqc_bytes piece;
            REQUIRE(mqc_client_transmit_peek(session, &piece) == MQC_OK);
            look(piece);
            const size_t sent = part < piece.len ? part : piece.len;
            REQUIRE(mqc_client_transmit_advance(session, sent) == MQC_OK);
            break;
        }
        case 3: {
            mqc_persist_op op;
            REQUIRE(mqc_client_poll_persist(session, &op) == MQC_OK);
            look(op.key);
            look(op.value);
            REQUIRE(mqc_client_persisted(session, now, op.seq) == MQC_OK);
            break;
        }
        default:
            REQUIRE(mqc_client_handle_input(session, now, data, part, &taken) == MQC_OK);
            REQUIRE(taken <= part);
            data += part;
            len -= part;
            break;
        }
        mqc_event event;
        do {
            REQUIRE(mqc_client_poll_event(session, &event) == MQC_OK);
            if (event.kind == MQC_EVENT_MESSAGE) {
                look_publish(&event.body.message.publish);
                if (config.ack_mode == MQC_ACK_MANUAL && part % 2 == 0) {
                    mqc_client_ack(session, now, event.body.message.ack, 0);
                }
            } else if (event.kind == MQC_EVENT_CONNECTED) {
                look_block(event.body.connected.connack.properties);
            } else if (event.kind == MQC_EVENT_PUBLISHED) {
                look_block(event.body.published.properties);
            } else if (event.kind == MQC_EVENT_CLOSED) {
                look_block(event.body.closed.properties);
                look(event.body.closed.decode_error.statement);
            }
        } while (event.kind != MQC_EVENT_NONE);
    }
    mqc_session_state *state = NULL;
    REQUIRE(mqc_client_into_state(session, &state) == MQC_OK);
    mqc_session_state_free(state);
    mqc_client_free(session);
}

static void broker(uint8_t first, const uint8_t *data, size_t len) {
    enum { CONNECTIONS = 3 };
    mqc_broker_config config = MQC_BROKER_CONFIG_INIT;
    config.authentication = (first & 8) ? MQC_AUTHENTICATION_ASK : MQC_AUTHENTICATION_ALLOW_ALL;
    config.authorization = (first & 16) ? MQC_AUTHORIZATION_ASK : MQC_AUTHORIZATION_ALLOW_ALL;
    mqc_broker *object = NULL;
    REQUIRE(mqc_broker_new(&config, now, &object) == MQC_OK);
    mqc_conn conns[CONNECTIONS];
    for (size_t i = 0; i < CONNECTIONS; i++) {
        REQUIRE(mqc_broker_open(object, now, &conns[i]) == MQC_OK);
    }
    while (len > 0) {
        const uint8_t what = *data;
        const mqc_conn conn = conns[(what & 3) % CONNECTIONS];
        size_t part = what >> 2, taken = 0;
        data++;
        len--;
        part = part < len ? part : len;
        REQUIRE(mqc_broker_handle_input(object, conn, now, data, part, &taken) == MQC_OK);
        REQUIRE(taken <= part);
        data += part;
        len -= part;
        if ((what & 3) == 3) {
            now += 700;
            REQUIRE(mqc_broker_handle_timeout(object, now) == MQC_OK);
        }
        mqc_broker_event event;
        do {
            REQUIRE(mqc_broker_poll_event(object, &event) == MQC_OK);
            if (event.kind == MQC_BROKER_EVENT_AUTHENTICATE) {
                look(event.body.authenticate.client_id);
                look(event.body.authenticate.password);
                look_block(event.body.authenticate.properties);
                REQUIRE(mqc_broker_accept(object, event.conn, now, NULL) != MQC_PANIC);
            } else if (event.kind == MQC_BROKER_EVENT_AUTHORIZE) {
                look(event.body.authorize.client_id);
                look_publish(&event.body.authorize.publish);
                look(event.body.authorize.subscription.filter);
                REQUIRE(mqc_broker_authorize(object, event.conn, now, 0) == MQC_OK);
            }
        } while (event.kind != MQC_BROKER_EVENT_NONE);
        mqc_conn writable;
        do {
            REQUIRE(mqc_broker_poll_writable(object, &writable) == MQC_OK);
            mqc_bytes piece;
            REQUIRE(mqc_broker_transmit_peek(object, writable, &piece) == MQC_OK);
            look(piece);
            REQUIRE(mqc_broker_transmit_advance(object, writable, piece.len) == MQC_OK);
        } while (writable != MQC_CONN_NONE);
    }
    for (size_t i = 0; i < CONNECTIONS; i++) {
        REQUIRE(mqc_broker_handle_eof(object, conns[i], now) == MQC_OK);
    }
    mqc_broker_free(object);
}

static void server(const uint8_t *data, size_t len) {
    mqc_server *session = NULL;
    REQUIRE(mqc_server_new(NULL, now, &session) == MQC_OK);
    while (len > 0) {
        const size_t part = (size_t)*data < len ? (size_t)*data : len;
        size_t taken = 0;
        REQUIRE(mqc_server_handle_input(session, now, data, part, &taken) == MQC_OK);
        REQUIRE(taken <= part);
        data += part > 0 ? part : 1;
        len -= part > 0 ? part : 1;
        mqc_event event;
        do {
            REQUIRE(mqc_server_poll_event(session, &event) == MQC_OK);
            if (event.kind == MQC_EVENT_CONNECT) {
                look(event.body.connect.client_id);
                look_block(event.body.connect.properties);
                mqc_connack connack;
                memset(&connack, 0, sizeof connack);
                REQUIRE(mqc_server_accept(session, now, &connack, NULL) != MQC_PANIC);
            } else if (event.kind == MQC_EVENT_MESSAGE) {
                look_publish(&event.body.message.publish);
            } else if (event.kind == MQC_EVENT_SUBSCRIBE) {
                look(event.body.subscribe.subscriptions);
                look_block(event.body.subscribe.properties);
            }
        } while (event.kind != MQC_EVENT_NONE);
        mqc_bytes piece;
        REQUIRE(mqc_server_transmit_peek(session, &piece) == MQC_OK);
        look(piece);
        REQUIRE(mqc_server_transmit_advance(session, piece.len) == MQC_OK);
    }
    REQUIRE(mqc_server_handle_eof(session, now) == MQC_OK);
    mqc_server_free(session);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t input_len) {
    if (input_len < 2) {
        return 0;
    }
    now = 1000;
    /* Memory of exactly that size, so that a read behind it is seen. */
    const size_t len = input_len - 1;
    uint8_t *data = malloc(len);
    REQUIRE(data != NULL);
    memcpy(data, input + 1, len);
    switch (input[0] & 3) {
    case 0:
        client(input[0], data, len);
        break;
    case 1:
        server(data, len);
        break;
    default:
        broker(input[0], data, len);
        break;
    }
    free(data);
    return 0;
}
