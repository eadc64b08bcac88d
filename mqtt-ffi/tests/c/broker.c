/* A broker in memory: what clients send goes in, what it says comes out. */
#include "check.h"

#define V5 MQC_VERSION_V5
#define V311 MQC_VERSION_V311

static mqc_bytes text(const char *string) {
    return (mqc_bytes){(const uint8_t *)string, strlen(string)};
}

static mqc_broker *broker;
static uint64_t now;

/* Hands over a packet on a connection. */
static void say(mqc_conn conn, const mqc_packet *packet, mqc_version version) {
    uint8_t bytes[512];
    size_t len = 0, taken = 0;
    CHECK_STATUS(mqc_encode(packet, version, bytes, sizeof bytes, &len), MQC_OK);
    CHECK_STATUS(mqc_broker_handle_input(broker, conn, now, bytes, len, &taken), MQC_OK);
    CHECK(taken == len);
}

/* Takes the next packet for a connection into memory that lives until the next call. */
static mqc_packet hear(mqc_conn conn, mqc_version version) {
    static uint8_t bytes[1024];
    mqc_packet packet;
    size_t have = 0, size = 0;
    for (;;) {
        const mqc_status status = mqc_decode(bytes, have, version, NULL, &packet, &size, NULL);
        if (status == MQC_OK) {
            return packet;
        }
        CHECK_STATUS(status, MQC_NEED_MORE);
        mqc_bytes piece;
        CHECK_STATUS(mqc_broker_transmit_peek(broker, conn, &piece), MQC_OK);
        CHECK(piece.len > 0 && size <= sizeof bytes - have);
        const size_t part = size < piece.len ? size : piece.len;
        memcpy(bytes + have, piece.data, part);
        have += part;
        CHECK_STATUS(mqc_broker_transmit_advance(broker, conn, part), MQC_OK);
    }
}

static void silent(mqc_conn conn) {
    mqc_bytes piece;
    CHECK_STATUS(mqc_broker_transmit_peek(broker, conn, &piece), MQC_OK);
    CHECK(piece.len == 0);
}

static mqc_packet packet_of(mqc_packet_type type) {
    mqc_packet packet;
    memset(&packet, 0, sizeof packet);
    packet.packet_type = type;
    return packet;
}

static mqc_packet connect_as(const char *client_id) {
    mqc_packet packet = packet_of(MQC_PACKET_CONNECT);
    packet.body.connect.client_id = text(client_id);
    packet.body.connect.clean_start = 1;
    packet.body.connect.keep_alive = 60;
    return packet;
}

static mqc_conn open_conn(void) {
    mqc_conn conn = MQC_CONN_NONE;
    CHECK_STATUS(mqc_broker_open(broker, now, &conn), MQC_OK);
    CHECK(conn != MQC_CONN_NONE);
    return conn;
}

static mqc_conn join(const char *client_id, mqc_version version) {
    const mqc_conn conn = open_conn();
    const mqc_packet packet = connect_as(client_id);
    say(conn, &packet, version);
    const mqc_packet connack = hear(conn, version);
    CHECK(connack.packet_type == MQC_PACKET_CONNACK && connack.body.connack.reason_code == 0);
    return conn;
}

static void subscribe(mqc_conn conn, const char *filter, mqc_qos qos, mqc_version version) {
    mqc_packet packet = packet_of(MQC_PACKET_SUBSCRIBE);
    mqc_subscription subscription;
    memset(&subscription, 0, sizeof subscription);
    subscription.filter = text(filter);
    subscription.qos = qos;
    uint8_t block[64];
    size_t len = 0;
    CHECK_STATUS(mqc_subscription_put(&subscription, version, block, sizeof block, &len), MQC_OK);
    packet.body.subscribe.packet_id = 7;
    packet.body.subscribe.subscriptions.data = block;
    packet.body.subscribe.subscriptions.len = len;
    say(conn, &packet, version);
}

static void publish(mqc_conn conn, const char *topic, const char *payload, mqc_qos qos,
                    mqc_version version) {
    mqc_packet packet = packet_of(MQC_PACKET_PUBLISH);
    packet.body.publish.topic = text(topic);
    packet.body.publish.payload = text(payload);
    packet.body.publish.qos = qos;
    packet.body.publish.packet_id = qos == 0 ? 0 : 9;
    say(conn, &packet, version);
}

static int is(mqc_bytes view, const char *string) {
    return equal(view, text(string));
}

static void heard_message(mqc_conn conn, mqc_version version, const char *topic,
                          const char *payload) {
    const mqc_packet packet = hear(conn, version);
    CHECK(packet.packet_type == MQC_PACKET_PUBLISH);
    CHECK(is(packet.body.publish.topic, topic) && is(packet.body.publish.payload, payload));
}

static mqc_broker_event next_event(mqc_broker_event_kind kind) {
    mqc_broker_event event;
    CHECK_STATUS(mqc_broker_poll_event(broker, &event), MQC_OK);
    CHECK(event.kind == kind);
    return event;
}

static void begin(const mqc_broker_config *config) {
    now = 1000;
    CHECK_STATUS(mqc_broker_new(config, now, &broker), MQC_OK);
}

static void end(void) {
    mqc_broker_free(broker);
    broker = NULL;
}

static mqc_broker_config quiet(void) {
    mqc_broker_config config = MQC_BROKER_CONFIG_INIT;
    config.sys_interval_ms = 0;
    return config;
}

static void messages_go_from_client_to_client(void) {
    const mqc_broker_config config = quiet();
    begin(&config);
    const mqc_conn anna = join("anna", V5), bert = join("bert", V311);
    for (int i = 0; i < 2; i++) {
        const mqc_broker_event event = next_event(MQC_BROKER_EVENT_CONNECTED);
        CHECK(event.conn == (i == 0 ? anna : bert));
        CHECK(is(event.body.connected.client_id, i == 0 ? "anna" : "bert"));
        CHECK(event.body.connected.session_present == 0);
    }
    next_event(MQC_BROKER_EVENT_NONE);
    subscribe(bert, "news/+", MQC_QOS_EXACTLY_ONCE, V311);
    CHECK(hear(bert, V311).body.suback.reason_codes.data[0] == 2);
    publish(anna, "news/a", "hello", MQC_QOS_AT_LEAST_ONCE, V5);
    const mqc_packet puback = hear(anna, V5);
    CHECK(puback.packet_type == MQC_PACKET_PUBACK && puback.body.puback.packet_id == 9);
    mqc_conn writable = MQC_CONN_NONE;
    do {
        CHECK_STATUS(mqc_broker_poll_writable(broker, &writable), MQC_OK);
    } while (writable != bert);
    heard_message(bert, V311, "news/a", "hello");
    silent(anna);
    mqc_bytes name;
    CHECK_STATUS(mqc_broker_client_id(broker, bert, &name), MQC_OK);
    CHECK(is(name, "bert"));
    mqc_broker_stats stats;
    CHECK_STATUS(mqc_broker_stats_get(broker, &stats), MQC_OK);
    CHECK(stats.connected == 2 && stats.subscriptions == 1 && stats.messages_received == 1);
    size_t bytes = 0;
    CHECK_STATUS(mqc_broker_heap_bytes(broker, &bytes), MQC_OK);
    CHECK(bytes > 0);
    end();
}

static void retained_messages_wills_and_times(void) {
    const mqc_broker_config config = quiet();
    begin(&config);
    const mqc_conn watch = join("watch", V5);
    subscribe(watch, "state/#", MQC_QOS_AT_MOST_ONCE, V5);
    hear(watch, V5);
    const mqc_conn sensor = open_conn();
    mqc_packet connect = connect_as("sensor");
    connect.body.connect.has_will = 1;
    connect.body.connect.will_topic = TEXT("state/sensor");
    connect.body.connect.will_payload = TEXT("gone");
    connect.body.connect.will_retain = 1;
    say(sensor, &connect, V5);
    hear(sensor, V5);
    /* Its keep alive of a minute is over after one and a half. What is due may turn out to be nothing. */
    const uint64_t over = now + 90000;
    uint64_t due = 0;
    CHECK_STATUS(mqc_broker_poll_timeout(broker, &due), MQC_OK);
    CHECK(due > now && due <= over);
    const mqc_packet ping = packet_of(MQC_PACKET_PINGREQ);
    now += 60000;
    say(watch, &ping, V5);
    CHECK(hear(watch, V5).packet_type == MQC_PACKET_PINGRESP);
    now = over - 1;
    CHECK_STATUS(mqc_broker_handle_timeout(broker, now), MQC_OK);
    silent(watch);
    CHECK_STATUS(mqc_broker_poll_timeout(broker, &due), MQC_OK);
    CHECK(due == over);
    now = over;
    CHECK_STATUS(mqc_broker_handle_timeout(broker, now), MQC_OK);
    heard_message(watch, V5, "state/sensor", "gone");
    mqc_messages *messages = NULL;
    CHECK_STATUS(mqc_broker_retained(broker, TEXT("state/+"), &messages), MQC_OK);
    mqc_publish kept;
    uint8_t is_there = 0;
    CHECK_STATUS(mqc_messages_next(messages, &kept, &is_there), MQC_OK);
    CHECK(is_there == 1 && kept.retain == 1);
    CHECK(is(kept.topic, "state/sensor") && is(kept.payload, "gone"));
    CHECK_STATUS(mqc_messages_next(messages, &kept, &is_there), MQC_OK);
    CHECK(is_there == 0);
    mqc_messages_free(messages);
    mqc_broker_event event;
    do {
        CHECK_STATUS(mqc_broker_poll_event(broker, &event), MQC_OK);
        CHECK(event.kind != MQC_BROKER_EVENT_NONE);
    } while (event.kind != MQC_BROKER_EVENT_CLOSED);
    CHECK(event.conn == sensor && event.body.closed.reason == MQC_CLOSE_TIMEOUT);
    CHECK(event.body.closed.timer == MQC_TIMER_KEEP_ALIVE);
    end();
}

static void the_caller_takes_part(void) {
    const mqc_broker_config config = quiet();
    begin(&config);
    mqc_subscription all;
    memset(&all, 0, sizeof all);
    all.filter = TEXT("a/#");
    uint64_t id = 0;
    CHECK_STATUS(mqc_broker_subscribe(broker, &all, 77, &id), MQC_OK);
    const mqc_conn anna = join("anna", V5);
    next_event(MQC_BROKER_EVENT_CONNECTED);
    publish(anna, "a/b", "in", MQC_QOS_AT_MOST_ONCE, V5);
    const mqc_broker_event event = next_event(MQC_BROKER_EVENT_MESSAGE);
    CHECK(event.body.message.token == 77 && is(event.body.message.publish.payload, "in"));
    uint8_t was_there = 0;
    CHECK_STATUS(mqc_broker_unsubscribe(broker, id, &was_there), MQC_OK);
    CHECK(was_there == 1);
    CHECK_STATUS(mqc_broker_unsubscribe(broker, id, &was_there), MQC_OK);
    CHECK(was_there == 0);
    subscribe(anna, "b", MQC_QOS_AT_MOST_ONCE, V5);
    hear(anna, V5);
    mqc_publish message = packet_of(MQC_PACKET_PUBLISH).body.publish;
    message.topic = TEXT("b");
    message.payload = TEXT("out");
    size_t receivers = 0;
    CHECK_STATUS(mqc_broker_publish(broker, now, &message, &receivers), MQC_OK);
    CHECK(receivers == 1);
    heard_message(anna, V5, "b", "out");
    message.dup = 1;
    CHECK_STATUS(mqc_broker_publish(broker, now, &message, NULL), MQC_NOT_ALLOWED);
    message.dup = 0;
    message.topic = TEXT("b/+");
    CHECK_STATUS(mqc_broker_publish(broker, now, &message, NULL), MQC_ERR_TOPIC_WILDCARD);

    mqc_disconnect goodbye;
    memset(&goodbye, 0, sizeof goodbye);
    goodbye.reason_code = 0x98;
    CHECK_STATUS(mqc_broker_disconnect(broker, anna, now, &goodbye), MQC_OK);
    CHECK(hear(anna, V5).body.disconnect.reason_code == 0x98);
    CHECK_STATUS(mqc_broker_disconnect(broker, anna + 1000, now, &goodbye), MQC_UNKNOWN);
    CHECK_STATUS(mqc_broker_handle_eof(broker, anna, now), MQC_OK);
    CHECK_STATUS(mqc_broker_drop_session(broker, TEXT("anna"), now, &was_there), MQC_OK);
    CHECK(was_there == 0);
    const mqc_conn bert = join("bert", V5);
    goodbye.reason_code = 0x8B;
    CHECK_STATUS(mqc_broker_shut_down(broker, now, &goodbye), MQC_OK);
    CHECK(hear(bert, V5).body.disconnect.reason_code == 0x8B);
    mqc_conn none = MQC_CONN_NONE;
    CHECK_STATUS(mqc_broker_open(broker, now, &none), MQC_SHUTTING_DOWN);
    CHECK(none == MQC_CONN_NONE);
    end();
}

static void the_caller_says_who_may_do_what(void) {
    mqc_broker_config config = quiet();
    config.authentication = MQC_AUTHENTICATION_ASK;
    config.authorization = MQC_AUTHORIZATION_ASK;
    begin(&config);
    mqc_conn conn = open_conn();
    mqc_packet connect = connect_as("anna");
    connect.body.connect.has_user_name = 1;
    connect.body.connect.user_name = TEXT("a");
    connect.body.connect.has_password = 1;
    connect.body.connect.password = TEXT("wrong");
    say(conn, &connect, V5);
    mqc_broker_event event = next_event(MQC_BROKER_EVENT_AUTHENTICATE);
    CHECK(event.conn == conn && is(event.body.authenticate.password, "wrong"));
    CHECK_STATUS(mqc_broker_authorize(broker, conn, now, 0), MQC_NOT_ASKED);
    mqc_connack refusal;
    memset(&refusal, 0, sizeof refusal);
    CHECK_STATUS(mqc_broker_refuse(broker, conn, now, &refusal), MQC_NOT_ALLOWED);
    refusal.reason_code = 0x86;
    CHECK_STATUS(mqc_broker_refuse(broker, conn, now, &refusal), MQC_OK);
    CHECK(hear(conn, V5).body.connack.reason_code == 0x86);
    CHECK(next_event(MQC_BROKER_EVENT_CLOSED).conn == conn);
    CHECK_STATUS(mqc_broker_handle_eof(broker, conn, now), MQC_OK);

    /* One that is gone does not get its refusal, and has no place any more. */
    conn = open_conn();
    say(conn, &connect, V5);
    next_event(MQC_BROKER_EVENT_AUTHENTICATE);
    CHECK_STATUS(mqc_broker_refuse(broker, conn, now, &refusal), MQC_OK);
    CHECK_STATUS(mqc_broker_handle_eof(broker, conn, now), MQC_OK);
    CHECK(next_event(MQC_BROKER_EVENT_CLOSED).conn == conn);
    mqc_broker_stats stats;
    CHECK_STATUS(mqc_broker_stats_get(broker, &stats), MQC_OK);
    CHECK(stats.connections == 0);

    conn = open_conn();
    connect.body.connect.password = TEXT("right");
    say(conn, &connect, V5);
    next_event(MQC_BROKER_EVENT_AUTHENTICATE);
    mqc_admission admission;
    memset(&admission, 0, sizeof admission);
    admission.has_user_name = 1;
    admission.user_name = TEXT("A");
    admission.properties = TEXT("\x1F\0\2ok");
    admission.properties.len = 5;
    CHECK_STATUS(mqc_broker_accept(broker, conn, now, &admission), MQC_OK);
    const mqc_packet connack = hear(conn, V5);
    mqc_property reason;
    CHECK_STATUS(mqc_property_find(connack.body.connack.properties, MQC_PROPERTY_REASON_STRING,
                                   &reason),
                 MQC_OK);
    CHECK(is(reason.value, "ok"));
    next_event(MQC_BROKER_EVENT_CONNECTED);

    subscribe(conn, "a", MQC_QOS_AT_MOST_ONCE, V5);
    event = next_event(MQC_BROKER_EVENT_AUTHORIZE);
    CHECK(event.conn == conn && is(event.body.authorize.client_id, "anna"));
    CHECK(event.body.authorize.has_user_name == 1 && is(event.body.authorize.user_name, "A"));
    CHECK(event.body.authorize.action == MQC_ACTION_SUBSCRIBE);
    CHECK(is(event.body.authorize.subscription.filter, "a"));
    CHECK_STATUS(mqc_broker_authorize(broker, conn, now, 0), MQC_OK);
    CHECK(hear(conn, V5).body.suback.reason_codes.data[0] == 0);
    publish(conn, "a", "text", MQC_QOS_AT_LEAST_ONCE, V5);
    event = next_event(MQC_BROKER_EVENT_AUTHORIZE);
    CHECK(event.body.authorize.action == MQC_ACTION_PUBLISH);
    CHECK(is(event.body.authorize.publish.topic, "a"));
    CHECK(event.body.authorize.subscription.filter.data == NULL);
    CHECK_STATUS(mqc_broker_authorize(broker, conn, now, 0x87), MQC_OK);
    CHECK(hear(conn, V5).body.puback.reason_code == 0x87);
    silent(conn);
    end();
}

static void rules(void) {
    mqc_acl *acl = NULL;
    mqc_acl_error error;
    memset(&error, 0, sizeof error);
    CHECK_STATUS(mqc_acl_parse(TEXT("allow publish a/#\nallow publish b/#/c\n"), &acl,
                               &error),
                 MQC_ERR_ACL);
    CHECK(acl == NULL && error.line == 2 && error.column > 0 && error.text_len > 0);
    CHECK_STATUS(mqc_acl_parse(TEXT("allow publish user anna a/%c\nallow subscribe a/#"), &acl,
                               NULL),
                 MQC_OK);
    const mqc_bytes anna = TEXT("anna");
    uint8_t allows = 7;
    CHECK_STATUS(mqc_acl_allows_publish(acl, TEXT("c1"), &anna, TEXT("a/c1"), &allows), MQC_OK);
    CHECK(allows == 1);
    CHECK_STATUS(mqc_acl_allows_publish(acl, TEXT("c1"), NULL, TEXT("a/c1"), &allows), MQC_OK);
    CHECK(allows == 0);
    CHECK_STATUS(mqc_acl_allows_subscribe(acl, TEXT("c1"), NULL, TEXT("a/+"), &allows), MQC_OK);
    CHECK(allows == 1);
    mqc_broker_config config = quiet();
    config.authorization = MQC_AUTHORIZATION_ACL;
    CHECK_STATUS(mqc_broker_new(&config, 0, &broker), MQC_NULL_POINTER);
    config.acl = acl;
    begin(&config);
    mqc_acl_free(acl);
    const mqc_conn conn = join("c1", V5);
    publish(conn, "a/c1", "no", MQC_QOS_AT_LEAST_ONCE, V5);
    CHECK(hear(conn, V5).body.puback.reason_code == 0x87);
    CHECK_STATUS(mqc_broker_set_authorization(broker, MQC_AUTHORIZATION_ALLOW_ALL, NULL), MQC_OK);
    publish(conn, "a/c1", "yes", MQC_QOS_AT_LEAST_ONCE, V5);
    CHECK(hear(conn, V5).body.puback.reason_code == 0x10);
    end();
}

/* Takes all changes into a restore; gives the number of the last one. */
static uint64_t keep(mqc_restore *restore, uint64_t last) {
    for (;;) {
        mqc_persist_op op;
        CHECK_STATUS(mqc_broker_poll_persist(broker, &op), MQC_OK);
        if (op.kind == MQC_PERSIST_NONE) {
            return last;
        }
        CHECK_STATUS(mqc_restore_apply(restore, &op, NULL), MQC_OK);
        last = op.seq;
    }
}

static void what_is_acknowledged_outlives_the_process(void) {
    mqc_server_config server = MQC_SERVER_CONFIG_INIT;
    server.durability = MQC_DURABILITY_GATE;
    mqc_broker_config config = quiet();
    config.server = &server;
    begin(&config);
    CHECK_STATUS(mqc_broker_set_unix_time(broker, now, 1700000000000), MQC_OK);
    mqc_restore *restore = NULL;
    CHECK_STATUS(mqc_restore_new(&restore), MQC_OK);
    const mqc_conn bert = open_conn(), anna = open_conn();
    mqc_packet connect = connect_as("bert");
    connect.body.connect.properties = TEXT("\x11\0\0\1\0");
    connect.body.connect.properties.len = 5;
    say(bert, &connect, V5);
    connect = connect_as("anna");
    say(anna, &connect, V5);
    /* CONNACK waits for the store. */
    silent(bert);
    uint64_t seq = keep(restore, 0);
    CHECK(seq > 0);
    CHECK_STATUS(mqc_broker_persisted(broker, now, seq), MQC_OK);
    hear(bert, V5);
    hear(anna, V5);
    subscribe(bert, "a", MQC_QOS_AT_LEAST_ONCE, V5);
    seq = keep(restore, seq);
    CHECK_STATUS(mqc_broker_persisted(broker, now, seq), MQC_OK);
    hear(bert, V5);
    publish(anna, "a", "kept", MQC_QOS_AT_LEAST_ONCE, V5);
    silent(anna);
    silent(bert);
    seq = keep(restore, seq);
    CHECK_STATUS(mqc_broker_persisted(broker, now, seq), MQC_OK);
    CHECK(hear(anna, V5).packet_type == MQC_PACKET_PUBACK);
    /* The process dies. */
    end();

    now = 5;
    mqc_store_error error;
    CHECK_STATUS(mqc_broker_restore(&config, now, 1700000001000, restore, &broker, &error), MQC_OK);
    const mqc_conn again = open_conn();
    connect = connect_as("bert");
    connect.body.connect.clean_start = 0;
    say(again, &connect, V5);
    seq = keep(restore, seq);
    CHECK_STATUS(mqc_broker_persisted(broker, now, seq), MQC_OK);
    CHECK(hear(again, V5).body.connack.session_present == 1);
    seq = keep(restore, seq);
    CHECK_STATUS(mqc_broker_persisted(broker, now, seq), MQC_OK);
    heard_message(again, V5, "a", "kept");
    CHECK_STATUS(mqc_broker_fenced(broker, now, 9), MQC_OK);
    mqc_broker_event event;
    do {
        CHECK_STATUS(mqc_broker_poll_event(broker, &event), MQC_OK);
        CHECK(event.kind != MQC_BROKER_EVENT_NONE);
    } while (event.kind != MQC_BROKER_EVENT_FENCED);
    CHECK(event.body.fenced.epoch == 9);
    end();
    mqc_restore_free(restore);
}

static void bad_input_ends_one_connection(void) {
    begin(NULL);
    const mqc_conn good = join("good", V5), bad = join("bad", V5);
    size_t taken = 0, wants = 0;
    CHECK_STATUS(mqc_broker_wants_input(broker, bad, &wants), MQC_OK);
    CHECK(wants > 0);
    const uint8_t bytes[] = {0x36, 0x00};
    CHECK_STATUS(mqc_broker_handle_input(broker, bad, now, bytes, sizeof bytes, &taken), MQC_OK);
    CHECK(hear(bad, V5).body.disconnect.reason_code == 0x81);
    mqc_broker_event event;
    do {
        CHECK_STATUS(mqc_broker_poll_event(broker, &event), MQC_OK);
    } while (event.kind != MQC_BROKER_EVENT_CLOSED);
    CHECK(event.conn == bad && event.body.closed.reason == MQC_CLOSE_MALFORMED);
    CHECK(event.body.closed.is_fault == 1);
    CHECK_STATUS(event.body.closed.decode_error.kind, MQC_ERR_PUBLISH_QOS);
    CHECK(is(event.body.closed.decode_error.statement, "MQTT-3.3.1-4"));
    CHECK_STATUS(mqc_broker_wants_input(broker, bad, &wants), MQC_OK);
    CHECK(wants == 0);
    /* The same name takes the connection over. */
    join("good", V5);
    CHECK(hear(good, V5).body.disconnect.reason_code == 0x8E);
    CHECK_STATUS(mqc_broker_transmit_advance(broker, good, 1), MQC_INVALID_ARGUMENT);
    end();
}

static void settings(void) {
    mqc_broker_config config = MQC_BROKER_CONFIG_INIT;
    config.max_connections = 1;
    config.retain_available = 0;
    config.max_qos = MQC_QOS_AT_LEAST_ONCE;
    begin(&config);
    const mqc_conn only = open_conn();
    mqc_conn none = MQC_CONN_NONE;
    CHECK_STATUS(mqc_broker_open(broker, now, &none), MQC_FULL);
    const mqc_packet connect = connect_as("only");
    say(only, &connect, V5);
    const mqc_packet connack = hear(only, V5);
    mqc_property found;
    CHECK_STATUS(mqc_property_find(connack.body.connack.properties, MQC_PROPERTY_RETAIN_AVAILABLE,
                                   &found),
                 MQC_OK);
    CHECK(found.id == MQC_PROPERTY_RETAIN_AVAILABLE && found.number == 0);
    CHECK_STATUS(mqc_property_find(connack.body.connack.properties, MQC_PROPERTY_MAXIMUM_QOS,
                                   &found),
                 MQC_OK);
    CHECK(found.number == 1);
    end();
    mqc_broker *nothing = NULL;
    config.max_qos = 3;
    CHECK_STATUS(mqc_broker_new(&config, 0, &nothing), MQC_INVALID_ARGUMENT);
    config.max_qos = 2;
    config.share = 99;
    CHECK_STATUS(mqc_broker_new(&config, 0, &nothing), MQC_INVALID_ARGUMENT);
    config.share = 0;
    config.reserved[6] = 1;
    CHECK_STATUS(mqc_broker_new(&config, 0, &nothing), MQC_INVALID_ARGUMENT);
    config.reserved[6] = 0;
    config.struct_size = 3;
    CHECK_STATUS(mqc_broker_new(&config, 0, &nothing), MQC_INVALID_ARGUMENT);
    CHECK(nothing == NULL);
    CHECK_STATUS(mqc_broker_new(NULL, 0, NULL), MQC_NULL_POINTER);
    mqc_broker_free(NULL);
    CHECK_STATUS(mqc_broker_handle_timeout(NULL, 0), MQC_NULL_POINTER);
}

int main(void) {
    messages_go_from_client_to_client();
    retained_messages_wills_and_times();
    the_caller_takes_part();
    the_caller_says_who_may_do_what();
    rules();
    what_is_acknowledged_outlives_the_process();
    bad_input_ends_one_connection();
    settings();
    return EXIT_SUCCESS;
}
