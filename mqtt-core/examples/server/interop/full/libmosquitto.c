/* Scenarios of libmosquitto. */

#include "scenarios.h"

#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <sys/socket.h>

typedef struct {
    char *topic;
    char *payload;
    int len, qos;
    bool retain;
    mosquitto_property *properties;
} message;

typedef struct {
    struct mosquitto *mosq;
    int version;
    /* The code of CONNACK, and of what ended the connection; -1 until it is there. */
    int connack, ended;
    bool session_present;
    mosquitto_property *hello;
    /* The last SUBACK, and UNSUBACK. */
    int suback_id, suback_code, unsuback_id;
    int acknowledged, last_id, last_code;
    message inbox[1000];
    int received, taken;
} peer;

static peer *peers[32];
static size_t peer_count;

static void on_connect(struct mosquitto *mosq, void *of, int code, int flags, const mosquitto_property *props) {
    (void)mosq;
    peer *self = of;
    self->connack = code;
    self->session_present = flags & 1;
    mosquitto_property_copy_all(&self->hello, props);
}

static void on_disconnect(struct mosquitto *mosq, void *of, int code, const mosquitto_property *props) {
    (void)mosq, (void)props;
    ((peer *)of)->ended = code;
}

static void on_publish(struct mosquitto *mosq, void *of, int id, int code, const mosquitto_property *props) {
    (void)mosq, (void)props;
    peer *self = of;
    self->acknowledged += 1;
    self->last_id = id;
    self->last_code = code;
}

static void on_subscribe(struct mosquitto *mosq, void *of, int id, int count, const int *codes) {
    (void)mosq, (void)count;
    peer *self = of;
    self->suback_code = codes[0];
    self->suback_id = id;
}

static void on_unsubscribe(struct mosquitto *mosq, void *of, int id) {
    (void)mosq;
    ((peer *)of)->unsuback_id = id;
}

static void on_message(struct mosquitto *mosq, void *of, const struct mosquitto_message *from, const mosquitto_property *props) {
    (void)mosq;
    peer *self = of;
    if (self->received == COUNT(self->inbox)) return;
    message *to = &self->inbox[self->received++];
    *to = (message){.topic = strdup(from->topic), .len = from->payloadlen, .qos = from->qos, .retain = from->retain};
    to->payload = calloc(1, (size_t)from->payloadlen + 1);
    if (from->payloadlen > 0) memcpy(to->payload, from->payload, (size_t)from->payloadlen);
    mosquitto_property_copy_all(&to->properties, props);
}

/* A client that is not connected yet. */
static peer *new_peer(int version, const char *name, bool clean) {
    peer *self = calloc(1, sizeof *self);
    self->version = version;
    self->connack = self->ended = -1;
    self->mosq = mosquitto_new(name, clean, self);
    mosquitto_int_option(self->mosq, MOSQ_OPT_PROTOCOL_VERSION, version);
    /* It takes everything for an order to wait that is not this. */
    mosquitto_max_inflight_messages_set(self->mosq, 50);
    mosquitto_connect_v5_callback_set(self->mosq, on_connect);
    mosquitto_disconnect_v5_callback_set(self->mosq, on_disconnect);
    mosquitto_publish_v5_callback_set(self->mosq, on_publish);
    mosquitto_subscribe_callback_set(self->mosq, on_subscribe);
    mosquitto_unsubscribe_callback_set(self->mosq, on_unsubscribe);
    mosquitto_message_v5_callback_set(self->mosq, on_message);
    if (peer_count == COUNT(peers)) fail("too many clients");
    peers[peer_count++] = self;
    return self;
}

static void pump(void) {
    for (size_t at = 0; at < peer_count; ++at) {
        peer *self = peers[at];
        if (self->ended == -1) mosquitto_loop(self->mosq, 1, 1);
    }
}

#define WAIT(what, condition)                                              \
    do {                                                                   \
        int64_t until = milliseconds() + PATIENCE;                         \
        while (!(condition)) {                                             \
            if (milliseconds() > until) fail("%s: expected, did not come", what); \
            pump();                                                        \
        }                                                                  \
    } while (0)

static void after(void) {
    for (; peer_count > 0; --peer_count) {
        peer *self = peers[peer_count - 1];
        mosquitto_disconnect(self->mosq);
        mosquitto_destroy(self->mosq);
        for (int at = 0; at < self->received; ++at) {
            free(self->inbox[at].topic);
            free(self->inbox[at].payload);
            mosquitto_property_free_all(&self->inbox[at].properties);
        }
        mosquitto_property_free_all(&self->hello);
        free(self);
    }
}

static void open_at(peer *self, const char *host, int at, mosquitto_property *props) {
    expect("connecting", mosquitto_connect_bind_v5(self->mosq, host, at, 60, NULL, props), MOSQ_ERR_SUCCESS);
    mosquitto_property_free_all(&props);
}

static peer *accepted(peer *self) {
    WAIT("CONNACK", self->connack != -1 || self->ended != -1);
    expect("CONNACK", self->connack, 0);
    return self;
}

static peer *connect_with(peer *self, mosquitto_property *props) {
    open_at(self, "127.0.0.1", port("MQC_PORT"), props);
    return accepted(self);
}

static peer *connect_new(int version) { return connect_with(new_peer(version, fresh("peer"), true), NULL); }

/* One whose session outlives its connection. */
static peer *connect_staying(int version, const char *name) {
    mosquitto_property *props = NULL;
    if (version == 5) mosquitto_property_add_int32(&props, MQTT_PROP_SESSION_EXPIRY_INTERVAL, 100);
    return connect_with(new_peer(version, name, false), props);
}

static int subscribe_with(peer *self, const char *filter, int qos, int options, mosquitto_property *props) {
    int id = 0;
    expect("subscribing", mosquitto_subscribe_v5(self->mosq, &id, filter, qos, options, props), MOSQ_ERR_SUCCESS);
    mosquitto_property_free_all(&props);
    WAIT("SUBACK", self->suback_id == id);
    return self->suback_code;
}

static int subscribe(peer *self, const char *filter, int qos) { return subscribe_with(self, filter, qos, 0, NULL); }

/* The code of the acknowledgement. */
static int publish_with(peer *self, const char *topic, const void *payload, int len, int qos, bool retain, mosquitto_property *props) {
    int id = 0;
    int before = self->acknowledged;
    expect("publishing", mosquitto_publish_v5(self->mosq, &id, topic, len, payload, qos, retain, props), MOSQ_ERR_SUCCESS);
    mosquitto_property_free_all(&props);
    WAIT("acknowledgement", (self->acknowledged > before && self->last_id == id) || self->ended != -1);
    expect("code of an end that was not wanted", self->ended, -1);
    return self->last_code;
}

static message *next(peer *self) {
    WAIT("a message", self->received > self->taken);
    return &self->inbox[self->taken++];
}

static message *gets(peer *self, const char *topic, const char *text, int qos, bool retain) {
    message *came = next(self);
    expect_text("topic", came->topic, topic);
    expect_text("payload", came->payload, text);
    expect("QoS", came->qos, qos);
    expect("RETAIN", came->retain, retain);
    return came;
}

/* Fails if a message has come. What the server had for it came before the answer to this. */
static void gets_nothing(peer *self) {
    subscribe(self, fresh("fence"), 0);
    if (self->received > self->taken) fail("expected no message, came %s", self->inbox[self->taken].topic);
}

#include "both.h"

static void leave(peer *self) {
    mosquitto_disconnect(self->mosq);
    WAIT("the end", self->ended != -1);
}

static void cut(peer *self) {
    shutdown(mosquitto_socket(self->mosq), SHUT_RDWR);
    WAIT("the end", self->ended != -1);
}

static void many_in_flight(int version) {
    for (int qos = 0; qos < 3; ++qos) {
        const char *topic = fresh("t");
        peer *receiver = connect_new(version), *sender = connect_new(version);
        subscribe(receiver, topic, qos);
        char text[16];
        for (int at = 0; at < 500; ++at) {
            snprintf(text, sizeof text, "%d", at);
            mosquitto_publish(sender->mosq, NULL, topic, (int)strlen(text), text, qos, false);
        }
        WAIT("all acknowledgements", sender->acknowledged == 500);
        for (int at = 0; at < 500; ++at) {
            snprintf(text, sizeof text, "%d", at);
            gets(receiver, topic, text, qos, false);
        }
        gets_nothing(receiver);
    }
}

static void large(int version) {
    const char *topic = fresh("t");
    peer *self = connect_new(version);
    subscribe(self, topic, 2);
    int len = (1 << 20) - 100;
    char *payload = malloc((size_t)len + 1);
    memset(payload, 'x', (size_t)len);
    payload[len] = 0;
    for (int qos = 0; qos < 3; ++qos) {
        publish_with(self, topic, payload, len, qos, false, NULL);
        gets(self, topic, payload, qos, false);
        publish(self, topic, "", qos);
        gets(self, topic, "", qos, false);
    }
    free(payload);
}

static void will(int version) {
    const char *topic = fresh("w");
    peer *watcher = connect_new(version);
    subscribe(watcher, topic, 2);
    peer *both[2];
    for (int at = 0; at < 2; ++at) {
        both[at] = new_peer(version, fresh("peer"), true);
        mosquitto_will_set(both[at]->mosq, topic, 4, "gone", 2, true);
        connect_with(both[at], NULL);
    }
    leave(both[0]);
    gets_nothing(watcher);
    cut(both[1]);
    gets(watcher, topic, "gone", 2, false);
    peer *late = connect_new(version);
    subscribe(late, topic, 2);
    gets(late, topic, "gone", 2, true);
}

static void will_delay(int version) {
    const char *topic = fresh("w");
    peer *watcher = connect_new(version), *dying = new_peer(version, fresh("peer"), true);
    subscribe(watcher, topic, 1);
    mosquitto_property *given = NULL, *stay = NULL;
    mosquitto_property_add_int32(&given, MQTT_PROP_WILL_DELAY_INTERVAL, 1);
    /* The will has its properties from here on. */
    mosquitto_will_set_v5(dying->mosq, topic, 4, "gone", 1, false, given);
    mosquitto_property_add_int32(&stay, MQTT_PROP_SESSION_EXPIRY_INTERVAL, 100);
    connect_with(dying, stay);
    int64_t began = milliseconds();
    cut(dying);
    gets(watcher, topic, "gone", 1, false);
    if (milliseconds() - began < 900) fail("expected a delay of a second, came after %d ms", (int)(milliseconds() - began));
}

static void session(int version) {
    const char *topic = fresh("t"), *name = fresh("anna");
    peer *away = connect_staying(version, name), *sender = connect_new(version);
    subscribe(away, topic, 2);
    cut(away);
    char text[16];
    for (int at = 0; at < 20; ++at) {
        snprintf(text, sizeof text, "%d", at);
        publish(sender, topic, text, 2);
    }
    peer *back = connect_staying(version, name);
    /* 3.1 has no such flag. */
    expect("session present", back->session_present, version > 3);
    for (int at = 0; at < 20; ++at) {
        snprintf(text, sizeof text, "%d", at);
        gets(back, topic, text, 2, false);
    }
    leave(back);
    publish(sender, topic, "lost", 2);
    peer *clean = connect_with(new_peer(version, name, true), NULL);
    expect("session present", clean->session_present, false);
    gets_nothing(clean);
}

static void unsubscribe(int version) {
    const char *topic = fresh("t");
    peer *self = connect_new(version);
    subscribe(self, topic, 1);
    publish(self, topic, "1", 1);
    gets(self, topic, "1", 1, false);
    int id = 0;
    mosquitto_unsubscribe(self->mosq, &id, topic);
    WAIT("UNSUBACK", self->unsuback_id == id);
    publish(self, topic, "2", 1);
    gets_nothing(self);
}

static void takeover(int version) {
    const char *name = fresh("anna");
    peer *first = connect_with(new_peer(version, name, true), NULL);
    connect_with(new_peer(version, name, true), NULL);
    WAIT("the end", first->ended != -1);
    expect("DISCONNECT", first->ended, version == 5 ? 0x8E : MOSQ_ERR_CONN_LOST);
}

static void server_stops(int only) {
    (void)only;
    peer *watchers[3];
    for (int at = 0; at < 3; ++at) {
        watchers[at] = new_peer(3 + at, fresh("peer"), true);
        open_at(watchers[at], "127.0.0.1", port("MQC_STOPPING"), NULL);
        accepted(watchers[at]);
    }
    puts("stop");
    for (int at = 0; at < 3; ++at) {
        WAIT("the end", watchers[at]->ended != -1);
        expect("DISCONNECT", watchers[at]->ended, at == 2 ? 0x8B : MOSQ_ERR_CONN_LOST);
    }
}

static void echoes(peer *self) {
    const char *topic = fresh("t");
    subscribe(self, topic, 2);
    static char payload[900001];
    memset(payload, 'x', sizeof payload - 1);
    publish_with(self, topic, payload, sizeof payload - 1, 2, false, NULL);
    gets(self, topic, payload, 2, false);
}

static void tls(int version) {
    peer *self = new_peer(version, fresh("peer"), true);
    mosquitto_tls_set(self->mosq, setting("MQC_CA"), NULL, NULL, NULL, NULL);
    open_at(self, "localhost", port("MQC_TLS"), NULL);
    echoes(accepted(self));
}

static void client_certificate(int version) {
    peer *self = new_peer(version, fresh("peer"), true), *without = new_peer(version, fresh("peer"), true);
    mosquitto_tls_set(self->mosq, setting("MQC_CA"), NULL, setting("MQC_CERT"), setting("MQC_KEY"), NULL);
    open_at(self, "localhost", port("MQC_MUTUAL"), NULL);
    echoes(accepted(self));
    mosquitto_tls_set(without->mosq, setting("MQC_CA"), NULL, NULL, NULL, NULL);
    /* With TLS 1.3 the client may think that it is connected, until it reads. */
    if (mosquitto_connect(without->mosq, "localhost", port("MQC_MUTUAL"), 60) != MOSQ_ERR_SUCCESS) return;
    WAIT("a refusal", without->ended != -1 || without->connack != -1);
    expect("CONNACK of one without a certificate", without->connack, -1);
}

static void subscription_identifier(int version) {
    const char *topic = fresh("t");
    peer *self = connect_new(version);
    mosquitto_property *props = NULL;
    mosquitto_property_add_varint(&props, MQTT_PROP_SUBSCRIPTION_IDENTIFIER, 268435455);
    subscribe_with(self, joined(topic, "/#"), 1, 0, props);
    /* Not one with another identifier: libmosquitto 2.0.11 takes a message that has two for an error (22,
     * duplicate property), although v5 3.3.2.3.8 says that there is one for each subscription that matches. */
    subscribe(self, joined(topic, "/a"), 1);
    publish(self, joined(topic, "/a"), "x", 1);
    uint32_t came = 0;
    mosquitto_property_read_varint(next(self)->properties, MQTT_PROP_SUBSCRIPTION_IDENTIFIER, &came, false);
    expect("identifier", came, 268435455);
}

static void properties(int version) {
    const char *topic = fresh("t");
    peer *self = connect_new(version);
    subscribe(self, topic, 1);
    mosquitto_property *props = NULL;
    mosquitto_property_add_byte(&props, MQTT_PROP_PAYLOAD_FORMAT_INDICATOR, 1);
    mosquitto_property_add_string(&props, MQTT_PROP_CONTENT_TYPE, "text/plain");
    mosquitto_property_add_string(&props, MQTT_PROP_RESPONSE_TOPIC, "answer");
    mosquitto_property_add_binary(&props, MQTT_PROP_CORRELATION_DATA, "\0\1\xFF", 3);
    mosquitto_property_add_string_pair(&props, MQTT_PROP_USER_PROPERTY, "b", "1");
    mosquitto_property_add_string_pair(&props, MQTT_PROP_USER_PROPERTY, "a", "2");
    mosquitto_property_add_int32(&props, MQTT_PROP_MESSAGE_EXPIRY_INTERVAL, 1000);
    publish_with(self, topic, "x", 1, 1, false, props);
    const mosquitto_property *came = gets(self, topic, "x", 1, false)->properties, *pair;
    uint8_t format = 0;
    uint16_t len = 0;
    uint32_t expiry = 0;
    char *text = NULL, *name = NULL;
    void *data = NULL;
    mosquitto_property_read_byte(came, MQTT_PROP_PAYLOAD_FORMAT_INDICATOR, &format, false);
    expect("payload format", format, 1);
    mosquitto_property_read_string(came, MQTT_PROP_CONTENT_TYPE, &text, false);
    expect_text("content type", text, "text/plain");
    mosquitto_property_read_string(came, MQTT_PROP_RESPONSE_TOPIC, &text, false);
    expect_text("response topic", text, "answer");
    mosquitto_property_read_binary(came, MQTT_PROP_CORRELATION_DATA, &data, &len, false);
    expect("correlation data", len == 3 && memcmp(data, "\0\1\xFF", 3) == 0, 1);
    pair = mosquitto_property_read_string_pair(came, MQTT_PROP_USER_PROPERTY, &name, &text, false);
    expect_text("first user property", joined(name, text), "b1");
    mosquitto_property_read_string_pair(pair, MQTT_PROP_USER_PROPERTY, &name, &text, true);
    expect_text("second user property", joined(name, text), "a2");
    mosquitto_property_read_int32(came, MQTT_PROP_MESSAGE_EXPIRY_INTERVAL, &expiry, false);
    expect("an expiry of 1000 or a little less", expiry > 980 && expiry <= 1000, 1);
}

static void subscribe_options(int version) {
    const char *topic = fresh("t");
    peer *self = connect_new(version), *other = connect_new(version);
    subscribe_with(self, topic, 1, MQTT_SUB_OPT_NO_LOCAL, NULL);
    subscribe_with(other, topic, 1, MQTT_SUB_OPT_RETAIN_AS_PUBLISHED, NULL);
    publish_with(self, topic, "x", 1, 1, true, NULL);
    gets(other, topic, "x", 1, true);
    gets_nothing(self);
    subscribe_with(self, topic, 1, MQTT_SUB_OPT_SEND_RETAIN_NEVER, NULL);
    subscribe_with(self, topic, 1, MQTT_SUB_OPT_SEND_RETAIN_NEW, NULL);
    gets_nothing(self);
    subscribe_with(self, topic, 1, MQTT_SUB_OPT_SEND_RETAIN_ALWAYS, NULL);
    gets(self, topic, "x", 1, true);
}

static void limits(int version) {
    const char *topic = fresh("t");
    mosquitto_property *props = NULL;
    mosquitto_property_add_int32(&props, MQTT_PROP_MAXIMUM_PACKET_SIZE, 200);
    mosquitto_property_add_int16(&props, MQTT_PROP_RECEIVE_MAXIMUM, 1);
    peer *small = connect_with(new_peer(version, fresh("peer"), true), props), *sender = connect_new(version);
    subscribe(small, topic, 2);
    char text[301] = "";
    memset(text, 'x', 300);
    publish(sender, topic, text, 2);
    for (int at = 0; at < 20; ++at) publish(sender, topic, "y", 2);
    for (int at = 0; at < 20; ++at) gets(small, topic, "y", 2, false);
    uint32_t size = 0;
    uint16_t count = 0;
    mosquitto_property_read_int32(sender->hello, MQTT_PROP_MAXIMUM_PACKET_SIZE, &size, false);
    expect("maximum packet size of the server", size, 1 << 20);
    mosquitto_property_read_int16(sender->hello, MQTT_PROP_RECEIVE_MAXIMUM, &count, false);
    expect("receive maximum of the server", count, 100);
    /* libmosquitto keeps to it by itself. */
    expect("publishing", mosquitto_publish(sender->mosq, NULL, topic, 1 << 20, calloc(1, 1 << 20), 1, false), MOSQ_ERR_OVERSIZE_PACKET);
}

static void topic_alias(int version) {
    const char *topic = fresh("t");
    peer *receiver = connect_new(version), *sender = connect_new(version);
    subscribe(receiver, topic, 1);
    for (int at = 0; at < 3; ++at) {
        mosquitto_property *props = NULL;
        mosquitto_property_add_int16(&props, MQTT_PROP_TOPIC_ALIAS, 10);
        publish_with(sender, at == 0 ? topic : NULL, "x", 1, 1, false, props);
        gets(receiver, topic, "x", 1, false);
    }
    mosquitto_property *props = NULL;
    mosquitto_property_add_int16(&props, MQTT_PROP_TOPIC_ALIAS, 11);
    mosquitto_publish_v5(sender->mosq, NULL, topic, 1, "x", 1, false, props);
    WAIT("the end", sender->ended != -1);
    expect("DISCONNECT", sender->ended, 0x94);
    mosquitto_property_free_all(&props);
}

static void assigned_identifier(int version) {
    peer *self = connect_with(new_peer(version, NULL, true), NULL);
    char *name = NULL;
    mosquitto_property_read_string(self->hello, MQTT_PROP_ASSIGNED_CLIENT_IDENTIFIER, &name, false);
    expect("an assigned client identifier", name != NULL && *name != 0, 1);
}

static void passwords(int version) {
    const struct {
        const char *user, *password;
        int code;
    } rows[] = {
        {setting("MQC_USER"), setting("MQC_PASSWORD"), 0},
        {setting("MQC_USER"), "another", version == 5 ? 0x86 : 4},
        {"nobody", setting("MQC_PASSWORD"), version == 5 ? 0x86 : 4},
        {NULL, NULL, version == 5 ? 0x87 : 5},
    };
    for (size_t at = 0; at < COUNT(rows); ++at) {
        peer *self = new_peer(version, fresh("peer"), true);
        mosquitto_username_pw_set(self->mosq, rows[at].user, rows[at].password);
        open_at(self, "127.0.0.1", port("MQC_GUARDED"), NULL);
        WAIT("CONNACK", self->connack != -1 || self->ended != -1);
        expect("CONNACK", self->connack, rows[at].code);
    }
}

int main(int count, char **arguments) {
    static const scenario list[] = {
        {"all qos", all_qos, ALL},
        {"many in flight", many_in_flight, ALL},
        {"large and empty payloads", large, ALL},
        {"retained", retained, ALL},
        {"will", will, ALL},
        {"will delay", will_delay, ONLY_V5},
        {"session resumes", session, ALL},
        {"shared subscription", shared, ALL},
        {"acl", acl, ALL},
        {"unsubscribe", unsubscribe, ALL},
        {"takeover", takeover, ALL},
        {"and others: server stops", server_stops, ONLY_V5},
        {"tls", tls, ALL},
        {"client certificate", client_certificate, ALL},
        {"passwords", passwords, ALL},
        {"subscription identifier", subscription_identifier, ONLY_V5},
        {"properties unchanged", properties, ONLY_V5},
        {"no local, retain as published, retain handling", subscribe_options, ONLY_V5},
        {"all come with a receive maximum of one, maximum packet size", limits, ONLY_V5},
        {"topic alias of the client", topic_alias, ONLY_V5},
        {"assigned client identifier", assigned_identifier, ONLY_V5},
    };
    mosquitto_lib_init();
    int status = play_all(list, COUNT(list), count > 1 ? arguments[1] : NULL, after);
    mosquitto_lib_cleanup();
    return status;
}
