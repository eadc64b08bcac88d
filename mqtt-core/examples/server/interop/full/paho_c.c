/* Scenarios of Paho's client for C, the blocking one. */

#include "scenarios.h"

#include <MQTTClient.h>
#include <pthread.h>

typedef struct {
    char *topic;
    MQTTClient_message *message;
} message;

typedef struct {
    MQTTClient client;
    int version;
    MQTTResponse hello;
    bool session_present;
    /* What ended the connection: a code of DISCONNECT, -2 without, -1 while it is there. */
    int ended;
    int published, last_token, last_code;
    message inbox[1000];
    int received, taken;
} peer;

static peer *peers[32];
static size_t peer_count;

/* Of all that the library's thread writes, and this one waits for. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

#define CHANGE(statement)             \
    do {                              \
        pthread_mutex_lock(&lock);    \
        statement;                    \
        pthread_cond_signal(&changed); \
        pthread_mutex_unlock(&lock);  \
    } while (0)

#define WAIT(what, condition)                                              \
    do {                                                                   \
        struct timespec until;                                             \
        clock_gettime(CLOCK_REALTIME, &until);                             \
        until.tv_sec += PATIENCE / 1000;                                   \
        int late = 0;                                                      \
        pthread_mutex_lock(&lock);                                         \
        while (!(condition) && !late) late = pthread_cond_timedwait(&changed, &lock, &until); \
        pthread_mutex_unlock(&lock);                                       \
        if (late) fail("%s: expected, did not come", what);                \
    } while (0)

static int on_message(void *of, char *topic, int len, MQTTClient_message *from) {
    (void)len;
    peer *self = of;
    CHANGE(if (self->received < (int)COUNT(self->inbox)) self->inbox[self->received++] = ((message){topic, from}));
    return 1;
}

static void on_lost(void *of, char *cause) {
    (void)cause;
    peer *self = of;
    CHANGE(if (self->ended == -1) self->ended = -2);
}

static void on_disconnected(void *of, MQTTProperties *props, enum MQTTReasonCodes code) {
    (void)props;
    CHANGE(((peer *)of)->ended = code);
}

static void on_published(void *of, int token, int packet_type, MQTTProperties *props, enum MQTTReasonCodes code) {
    (void)packet_type, (void)props;
    peer *self = of;
    CHANGE(self->published += 1; self->last_token = token; self->last_code = code);
}

static peer *new_peer(int version, const char *name, const char *scheme, const char *at) {
    peer *self = calloc(1, sizeof *self);
    self->version = version;
    self->ended = -1;
    char url[100];
    snprintf(url, sizeof url, "%s://localhost:%d", scheme, port(at));
    MQTTClient_createOptions options = MQTTClient_createOptions_initializer;
    options.MQTTVersion = version;
    expect("creating", MQTTClient_createWithOptions(&self->client, url, name, MQTTCLIENT_PERSISTENCE_NONE, NULL, &options), 0);
    MQTTClient_setCallbacks(self->client, self, on_lost, on_message, NULL);
    MQTTClient_setDisconnected(self->client, self, on_disconnected);
    if (version == 5) MQTTClient_setPublished(self->client, self, on_published);
    if (peer_count == COUNT(peers)) fail("too many clients");
    peers[peer_count++] = self;
    return self;
}

static void after(void) {
    for (; peer_count > 0; --peer_count) {
        peer *self = peers[peer_count - 1];
        if (MQTTClient_isConnected(self->client)) MQTTClient_disconnect(self->client, 0);
        MQTTClient_destroy(&self->client);
        for (int at = 0; at < self->received; ++at) {
            MQTTClient_free(self->inbox[at].topic);
            MQTTClient_freeMessage(&self->inbox[at].message);
        }
        MQTTResponse_free(self->hello);
        free(self);
    }
}

typedef struct {
    bool staying;
    MQTTClient_willOptions *will;
    MQTTProperties *will_properties;
    MQTTClient_SSLOptions *ssl;
    MQTTProperties *properties;
    const char *user, *password;
} connecting;

/* The code of CONNACK, or less than 0. */
static int attempt(peer *self, connecting with) {
    MQTTClient_connectOptions three = MQTTClient_connectOptions_initializer, five = MQTTClient_connectOptions_initializer5;
    MQTTClient_connectOptions options = self->version == 5 ? five : three;
    MQTTProperties own = MQTTProperties_initializer;
    options.MQTTVersion = self->version;
    options.connectTimeout = PATIENCE / 1000;
    options.will = with.will;
    options.ssl = with.ssl;
    options.username = with.user;
    options.password = with.password;
    options.maxInflightMessages = 50;
    if (self->version < 5) {
        options.cleansession = !with.staying;
        int code = MQTTClient_connect(self->client, &options);
        self->session_present = options.returned.sessionPresent;
        return code;
    }
    options.cleanstart = !with.staying;
    if (with.properties == NULL) with.properties = &own;
    MQTTProperty expiry = {.identifier = MQTTPROPERTY_CODE_SESSION_EXPIRY_INTERVAL, .value.integer4 = 100};
    if (with.staying) MQTTProperties_add(with.properties, &expiry);
    self->hello = MQTTClient_connect5(self->client, &options, with.properties, with.will_properties);
    self->session_present = options.returned.sessionPresent;
    return self->hello.reasonCode;
}

static peer *connect_as(int version, const char *name, connecting with) {
    peer *self = new_peer(version, name, with.ssl ? "ssl" : "tcp", with.ssl ? "MQC_TLS" : "MQC_PORT");
    expect("CONNACK", attempt(self, with), 0);
    return self;
}

static peer *connect_new(int version) { return connect_as(version, fresh("peer"), (connecting){0}); }

static int subscribe_with(peer *self, const char *filter, int qos, MQTTSubscribe_options *options, MQTTProperties *props) {
    if (self->version < 5) {
        char *filters[] = {(char *)filter};
        /* It answers with an error if the code is 0x80; here with the code. */
        int granted[] = {qos};
        int code = MQTTClient_subscribeMany(self->client, 1, filters, granted);
        return code == MQTTCLIENT_SUCCESS ? granted[0] : code;
    }
    MQTTResponse response = MQTTClient_subscribe5(self->client, filter, qos, options, props);
    int code = response.reasonCode;
    MQTTResponse_free(response);
    return code;
}

static int subscribe(peer *self, const char *filter, int qos) { return subscribe_with(self, filter, qos, NULL, NULL); }

/* Publishes, and waits for the acknowledgement; its code in 5.0. */
static int publish_with(peer *self, const char *topic, const void *payload, int len, int qos, bool retain, MQTTProperties *props) {
    MQTTClient_message with = MQTTClient_message_initializer;
    with.payload = (void *)payload;
    with.payloadlen = len;
    with.qos = qos;
    with.retained = retain;
    if (props) with.properties = *props;
    MQTTClient_deliveryToken token = 0;
    if (self->version < 5) {
        expect("publishing", MQTTClient_publishMessage(self->client, topic, &with, &token), MQTTCLIENT_SUCCESS);
        if (qos > 0) expect("acknowledgement", MQTTClient_waitForCompletion(self->client, token, PATIENCE), MQTTCLIENT_SUCCESS);
        return 0;
    }
    int before = self->published;
    MQTTResponse response = MQTTClient_publishMessage5(self->client, topic, &with, &token);
    expect("publishing", response.reasonCode, 0);
    MQTTResponse_free(response);
    if (qos == 0) return 0;
    WAIT("acknowledgement", self->published > before && self->last_token == token);
    return self->last_code;
}

static MQTTClient_message *gets(peer *self, const char *topic, const char *text, int qos, bool retain) {
    WAIT("a message", self->received > self->taken);
    message *came = &self->inbox[self->taken++];
    expect_text("topic", came->topic, topic);
    expect("length of the payload", came->message->payloadlen, (long)strlen(text));
    expect("the payload is the same", memcmp(came->message->payload, text, strlen(text)), 0);
    expect("QoS", came->message->qos, qos);
    expect("RETAIN", came->message->retained, retain);
    return came->message;
}

/* Fails if a message has come. What the server had for it came before the answer to this. */
static void gets_nothing(peer *self) {
    const char *fence = fresh("fence");
    subscribe(self, fence, 1);
    publish_with(self, fence, "fence", 5, 1, false, NULL);
    gets(self, fence, "fence", 1, false);
}

#include "both.h"

static void leave(peer *self) { MQTTClient_disconnect(self->client, 0); }

static void many_in_flight(int version) {
    for (int qos = 0; qos < 3; ++qos) {
        const char *topic = fresh("t");
        peer *receiver = connect_new(version), *sender = connect_new(version);
        subscribe(receiver, topic, qos);
        char text[16];
        for (int at = 0; at < 500; ++at) {
            snprintf(text, sizeof text, "%d", at);
            MQTTClient_deliveryToken token;
            /* It blocks while as many are in flight as it was told. */
            if (version < 5) MQTTClient_publish(sender->client, topic, (int)strlen(text), text, qos, 0, &token);
            else MQTTResponse_free(MQTTClient_publish5(sender->client, topic, (int)strlen(text), text, qos, 0, NULL, &token));
        }
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
    static char payload[(1 << 20) - 99];
    memset(payload, 'x', sizeof payload - 1);
    for (int qos = 0; qos < 3; ++qos) {
        publish(self, topic, payload, qos);
        gets(self, topic, payload, qos, false);
        publish(self, topic, "", qos);
        gets(self, topic, "", qos, false);
    }
}

/* Also a takeover: the connection that ends for it has not said goodbye. */
static void will_and_takeover(int version) {
    const char *topic = fresh("w"), *name = fresh("anna");
    peer *watcher = connect_new(version);
    subscribe(watcher, topic, 2);
    MQTTClient_willOptions will = MQTTClient_willOptions_initializer;
    will.topicName = topic;
    will.message = "gone";
    will.qos = 2;
    MQTTProperties of_will = MQTTProperties_initializer;
    connecting with = {.will = &will, .will_properties = version == 5 ? &of_will : NULL};
    leave(connect_as(version, fresh("peer"), with));
    gets_nothing(watcher);
    peer *first = connect_as(version, name, with);
    connect_as(version, name, (connecting){0});
    WAIT("the end", first->ended != -1);
    expect("DISCONNECT", first->ended, version == 5 ? 0x8E : -2);
    gets(watcher, topic, "gone", 2, false);
}

static void will_delay(int version) {
    const char *topic = fresh("w");
    peer *watcher = connect_new(version);
    subscribe(watcher, topic, 1);
    MQTTClient_willOptions will = MQTTClient_willOptions_initializer;
    will.topicName = topic;
    will.message = "gone";
    will.qos = 1;
    MQTTProperties of_will = MQTTProperties_initializer;
    MQTTProperty delay = {.identifier = MQTTPROPERTY_CODE_WILL_DELAY_INTERVAL, .value.integer4 = 1};
    MQTTProperties_add(&of_will, &delay);
    peer *dying = connect_as(version, fresh("peer"), (connecting){.staying = true, .will = &will, .will_properties = &of_will});
    int64_t began = milliseconds();
    MQTTClient_disconnect5(dying->client, 0, MQTTREASONCODE_DISCONNECT_WITH_WILL_MESSAGE, NULL);
    gets(watcher, topic, "gone", 1, false);
    if (milliseconds() - began < 900) fail("expected a delay of a second, came after %d ms", (int)(milliseconds() - began));
    MQTTProperties_free(&of_will);
}

static void session(int version) {
    const char *topic = fresh("t"), *name = fresh("anna");
    connecting stay = {.staying = true};
    peer *away = connect_as(version, name, stay), *sender = connect_new(version);
    subscribe(away, topic, 2);
    leave(away);
    char text[16];
    for (int at = 0; at < 20; ++at) {
        snprintf(text, sizeof text, "%d", at);
        publish(sender, topic, text, 2);
    }
    peer *back = connect_as(version, name, stay);
    /* 3.1 has no such flag, and in 5.0 Paho C 1.3.12 does not hand it on. */
    expect("session present", back->session_present, version == 4);
    for (int at = 0; at < 20; ++at) {
        snprintf(text, sizeof text, "%d", at);
        gets(back, topic, text, 2, false);
    }
    leave(back);
    publish(sender, topic, "lost", 2);
    peer *clean = connect_as(version, name, (connecting){0});
    expect("session present", clean->session_present, false);
    gets_nothing(clean);
}

static void unsubscribe(int version) {
    const char *topic = fresh("t");
    peer *self = connect_new(version);
    subscribe(self, topic, 1);
    publish(self, topic, "1", 1);
    gets(self, topic, "1", 1, false);
    if (version == 5) {
        MQTTResponse response = MQTTClient_unsubscribe5(self->client, topic, NULL);
        expect("UNSUBACK", response.reasonCode, 0);
        MQTTResponse_free(response);
    } else {
        expect("UNSUBACK", MQTTClient_unsubscribe(self->client, topic), MQTTCLIENT_SUCCESS);
    }
    publish(self, topic, "2", 1);
    gets_nothing(self);
}

static void server_stops(int only) {
    (void)only;
    peer *watchers[3];
    for (int at = 0; at < 3; ++at) {
        watchers[at] = new_peer(3 + at, fresh("peer"), "tcp", "MQC_STOPPING");
        expect("CONNACK", attempt(watchers[at], (connecting){0}), 0);
    }
    puts("stop");
    for (int at = 0; at < 3; ++at) {
        WAIT("the end", watchers[at]->ended != -1);
        expect("DISCONNECT", watchers[at]->ended, at == 2 ? 0x8B : -2);
    }
}

static void secure(int version) {
    static const struct {
        const char *scheme, *port;
        bool has_certificate, is_good;
    } rows[] = {
        {"ssl", "MQC_TLS", false, true},
        {"ws", "MQC_WEBSOCKET", false, true},
        {"wss", "MQC_WSS", false, true},
        {"ssl", "MQC_MUTUAL", true, true},
        {"ssl", "MQC_MUTUAL", false, false},
    };
    for (size_t at = 0; at < COUNT(rows); ++at) {
        peer *self = new_peer(version, fresh("peer"), rows[at].scheme, rows[at].port);
        MQTTClient_SSLOptions ssl = MQTTClient_SSLOptions_initializer;
        ssl.trustStore = setting("MQC_CA");
        ssl.verify = 1;
        if (rows[at].has_certificate) ssl.keyStore = setting("MQC_CERT"), ssl.privateKey = setting("MQC_KEY");
        bool is_secure = strcmp(rows[at].scheme, "ws") != 0;
        int code = attempt(self, (connecting){.ssl = is_secure ? &ssl : NULL});
        if ((code == 0) != rows[at].is_good) fail("%s at %s: came %d", rows[at].scheme, rows[at].port, code);
        if (code != 0) continue;
        const char *topic = fresh("t");
        static char payload[300001];
        memset(payload, 'x', sizeof payload - 1);
        subscribe(self, topic, 2);
        publish(self, topic, payload, 2);
        gets(self, topic, payload, 2, false);
    }
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
        peer *self = new_peer(version, fresh("peer"), "tcp", "MQC_GUARDED");
        int code = attempt(self, (connecting){.user = rows[at].user, .password = rows[at].password});
        expect("CONNACK", code, rows[at].code);
    }
}

static MQTTLenString text_of(char *text) { return (MQTTLenString){(int)strlen(text), text}; }

static void properties(int version) {
    const char *topic = fresh("t");
    peer *self = connect_new(version);
    MQTTProperties props = MQTTProperties_initializer, own = MQTTProperties_initializer;
    MQTTProperty number = {.identifier = MQTTPROPERTY_CODE_SUBSCRIPTION_IDENTIFIER, .value.integer4 = 268435455};
    MQTTProperties_add(&own, &number);
    subscribe_with(self, joined(topic, "/#"), 1, NULL, &own);
    MQTTProperty other = {.identifier = MQTTPROPERTY_CODE_SUBSCRIPTION_IDENTIFIER, .value.integer4 = 7};
    MQTTProperties second = MQTTProperties_initializer;
    MQTTProperties_add(&second, &other);
    subscribe_with(self, topic, 1, NULL, &second);
    MQTTProperty sent[] = {
        {.identifier = MQTTPROPERTY_CODE_PAYLOAD_FORMAT_INDICATOR, .value.byte = 1},
        {.identifier = MQTTPROPERTY_CODE_CONTENT_TYPE, .value.data = text_of("text/plain")},
        {.identifier = MQTTPROPERTY_CODE_RESPONSE_TOPIC, .value.data = text_of("answer")},
        {.identifier = MQTTPROPERTY_CODE_CORRELATION_DATA, .value.data = {3, "\0\1\xFF"}},
        {.identifier = MQTTPROPERTY_CODE_USER_PROPERTY, .value = {.data = text_of("b"), .value = text_of("1")}},
        {.identifier = MQTTPROPERTY_CODE_USER_PROPERTY, .value = {.data = text_of("a"), .value = text_of("2")}},
    };
    for (size_t at = 0; at < COUNT(sent); ++at) MQTTProperties_add(&props, &sent[at]);
    MQTTProperty expiry = {.identifier = MQTTPROPERTY_CODE_MESSAGE_EXPIRY_INTERVAL, .value.integer4 = 1000};
    MQTTProperties_add(&props, &expiry);
    publish_with(self, topic, "x", 1, 1, false, &props);
    MQTTProperties *came = &gets(self, topic, "x", 1, false)->properties;
    expect("payload format", MQTTProperties_getNumericValue(came, MQTTPROPERTY_CODE_PAYLOAD_FORMAT_INDICATOR), 1);
    for (int at = 1; at < (int)COUNT(sent); ++at) {
        MQTTProperty *property = MQTTProperties_getPropertyAt(came, sent[at].identifier, at == 5);
        MQTTLenString *one = &sent[at].value.data;
        if (property == NULL) fail("property %d: expected, did not come", sent[at].identifier);
        expect("its length", property->value.data.len, one->len);
        expect("it is the same", memcmp(property->value.data.data, one->data, (size_t)one->len), 0);
        if (sent[at].identifier == MQTTPROPERTY_CODE_USER_PROPERTY) expect("its value", *property->value.value.data, *sent[at].value.value.data);
    }
    int left = MQTTProperties_getNumericValue(came, MQTTPROPERTY_CODE_MESSAGE_EXPIRY_INTERVAL);
    expect("an expiry of 1000 or a little less", left > 980 && left <= 1000, 1);
    expect("two identifiers", MQTTProperties_propertyCount(came, MQTTPROPERTY_CODE_SUBSCRIPTION_IDENTIFIER), 2);
    long sum = 0;
    for (int at = 0; at < 2; ++at) sum += MQTTProperties_getNumericValueAt(came, MQTTPROPERTY_CODE_SUBSCRIPTION_IDENTIFIER, at);
    expect("both", sum, 268435455 + 7);
    MQTTProperties_free(&props);
}

static void subscribe_options(int version) {
    const char *topic = fresh("t");
    peer *self = connect_new(version), *other = connect_new(version);
    MQTTSubscribe_options options = MQTTSubscribe_options_initializer, keeping = MQTTSubscribe_options_initializer;
    options.noLocal = 1;
    keeping.retainAsPublished = 1;
    subscribe_with(self, topic, 1, &options, NULL);
    subscribe_with(other, topic, 1, &keeping, NULL);
    publish_with(self, topic, "x", 1, 1, true, NULL);
    gets(other, topic, "x", 1, true);
    gets_nothing(self);
    /* Else it would not get its own retained message either. */
    options.noLocal = 0;
    for (int handling = 2; handling >= 0; --handling) {
        options.retainHandling = (unsigned char)handling;
        subscribe_with(self, topic, 1, &options, NULL);
        if (handling > 0) gets_nothing(self);
    }
    gets(self, topic, "x", 1, true);
}

static void limits(int version) {
    const char *topic = fresh("t");
    MQTTProperties props = MQTTProperties_initializer;
    MQTTProperty size = {.identifier = MQTTPROPERTY_CODE_MAXIMUM_PACKET_SIZE, .value.integer4 = 200};
    MQTTProperty count = {.identifier = MQTTPROPERTY_CODE_RECEIVE_MAXIMUM, .value.integer2 = 1};
    MQTTProperties_add(&props, &size);
    MQTTProperties_add(&props, &count);
    peer *small = connect_as(version, fresh("peer"), (connecting){.properties = &props}), *sender = connect_new(version);
    subscribe(small, topic, 2);
    char text[301] = "";
    memset(text, 'x', 300);
    publish(sender, topic, text, 2);
    for (int at = 0; at < 20; ++at) publish(sender, topic, "y", 2);
    for (int at = 0; at < 20; ++at) gets(small, topic, "y", 2, false);
    expect("maximum packet size of the server", MQTTProperties_getNumericValue(sender->hello.properties, MQTTPROPERTY_CODE_MAXIMUM_PACKET_SIZE), 1 << 20);
    expect("receive maximum of the server", MQTTProperties_getNumericValue(sender->hello.properties, MQTTPROPERTY_CODE_RECEIVE_MAXIMUM), 100);
    MQTTProperties_free(&props);
}

static void topic_alias(int version) {
    const char *topic = fresh("t");
    peer *receiver = connect_new(version), *sender = connect_new(version);
    subscribe(receiver, topic, 1);
    MQTTProperties props = MQTTProperties_initializer;
    MQTTProperty alias = {.identifier = MQTTPROPERTY_CODE_TOPIC_ALIAS, .value.integer2 = 10};
    MQTTProperties_add(&props, &alias);
    for (int at = 0; at < 3; ++at) {
        publish_with(sender, at == 0 ? topic : "", "x", 1, 1, false, &props);
        gets(receiver, topic, "x", 1, false);
    }
    MQTTProperties_free(&props);
}

static void assigned_identifier(int version) {
    peer *self = connect_as(version, "", (connecting){0});
    MQTTProperty *name = MQTTProperties_getProperty(self->hello.properties, MQTTPROPERTY_CODE_ASSIGNED_CLIENT_IDENTIFER);
    expect("an assigned client identifier", name != NULL && name->value.data.len > 0, 1);
}

int main(int count, char **arguments) {
    static const scenario list[] = {
        {"all qos", all_qos, ALL},
        {"many in flight", many_in_flight, ALL},
        {"large and empty payloads", large, ALL},
        {"retained", retained, ALL},
        {"will, takeover", will_and_takeover, ALL},
        {"will delay", will_delay, ONLY_V5},
        {"session resumes", session, ALL},
        {"shared subscription", shared, ALL},
        {"acl", acl, ALL},
        {"unsubscribe", unsubscribe, ALL},
        {"and others: server stops", server_stops, ONLY_V5},
        {"tls, websocket, client certificate", secure, ALL},
        {"passwords", passwords, ALL},
        {"properties unchanged, subscription identifiers", properties, ONLY_V5},
        {"no local, retain as published, retain handling", subscribe_options, ONLY_V5},
        {"all come with a receive maximum of one, maximum packet size", limits, ONLY_V5},
        {"topic alias of the client", topic_alias, ONLY_V5},
        {"assigned client identifier", assigned_identifier, ONLY_V5},
    };
    MQTTClient_init_options options = MQTTClient_init_options_initializer;
    options.do_openssl_init = 1;
    MQTTClient_global_init(&options);
    return play_all(list, COUNT(list), count > 1 ? arguments[1] : NULL, after);
}
