/* A client and a server exchange every packet type in memory, in both versions, however the bytes
 * are chopped. */
#include "pair.h"

static const mqc_version VERSIONS[] = {MQC_VERSION_V311, MQC_VERSION_V5};

static void publish(pair *p, mqc_qos qos, uint64_t token) {
    const mqc_publish publish = message(TEXT("up"), qos, TEXT("1"));
    mqc_publish_result result = {0};
    CHECK_STATUS(
        mqc_client_publish(p->client, p->now, &publish, token, MQC_WHEN_FULL_QUEUE, &result),
        MQC_OK);
    CHECK(result.status == MQC_PUBLISH_SENT && (result.packet_id != 0) == (qos > 0));
}

static void deliver(pair *p, mqc_qos qos, uint64_t token) {
    mqc_publish publish = message(TEXT("down"), qos, TEXT("2"));
    publish.retain = 1;
    CHECK_STATUS(mqc_server_deliver(p->server, p->now, &publish, token, MQC_WHEN_FULL_QUEUE, NULL),
                 MQC_OK);
}

/* A whole life: all packets but AUTH. */
static void exchange(pair *p, mqc_version version, size_t chunk) {
    mqc_client_config config = MQC_CLIENT_CONFIG_INIT;
    config.version = version;
    begin(p, &config, NULL);
    p->chunk = chunk;
    mqc_connect connect = connect_as(TEXT("c"));
    connect.keep_alive = 30;
    connect.has_will = 1;
    connect.will_topic = TEXT("w");
    connect.will_payload = TEXT("gone");
    connect.will_qos = 1;
    CHECK_STATUS(mqc_client_connect(p->client, p->now, &connect), MQC_OK);
    settle(p);
    uint8_t is_connected = 0;
    CHECK_STATUS(mqc_client_is_connected(p->client, &is_connected), MQC_OK);
    CHECK(is_connected == 1);
    CHECK_STATUS(mqc_server_is_connected(p->server, &is_connected), MQC_OK);
    CHECK(is_connected == 1);

    const mqc_subscription subscriptions[] = {
        {.filter = TEXT("down"), .qos = 2},
        {.filter = TEXT("a/+"), .qos = 1},
    };
    const mqc_bytes none = {0};
    uint16_t id = 0;
    CHECK_STATUS(mqc_client_subscribe(p->client, p->now, subscriptions, 2, none, 11, &id), MQC_OK);
    CHECK(id == 1);
    settle(p);

    for (uint8_t qos = 0; qos < 3; qos++) {
        publish(p, qos, qos + 1u);
        deliver(p, qos, qos + 21u);
    }
    settle(p);

    const mqc_bytes filters[] = {TEXT("down"), TEXT("a/+")};
    CHECK_STATUS(mqc_client_unsubscribe(p->client, p->now, filters, 2, none, 12, NULL), MQC_OK);
    settle(p);

    /* PINGREQ is due after the keep alive, and PINGRESP comes. */
    uint64_t at = 0;
    mqc_timer timer = MQC_TIMER_NONE;
    CHECK_STATUS(mqc_client_poll_timeout(p->client, &at, &timer), MQC_OK);
    /* A little earlier, for nobody wakes up in time. */
    CHECK(timer == MQC_TIMER_PING && at <= p->now + 30000 && at > p->now + 25000);
    p->now = at;
    const size_t before = p->to_client;
    CHECK_STATUS(mqc_client_handle_timeout(p->client, p->now), MQC_OK);
    settle(p);
    CHECK(p->to_client == before + 2);
    CHECK_STATUS(mqc_client_poll_timeout(p->client, &at, NULL), MQC_OK);
    CHECK(at > p->now + 25000);

    mqc_will will;
    CHECK_STATUS(mqc_server_will(p->server, &will), MQC_OK);
    CHECK(will.has_will == 1 && will.qos == 1 && equal(will.topic, TEXT("w")));
    CHECK(equal(will.payload, TEXT("gone")) && will.delay == 0);
    CHECK_STATUS(mqc_client_disconnect(p->client, p->now, NULL), MQC_OK);
    settle(p);
    /* It was taken back. */
    CHECK_STATUS(mqc_server_will(p->server, &will), MQC_OK);
    CHECK(will.has_will == 0);
}

static void every_packet(void) {
    static const char *const expected[] = {
        "s connect v=4 id=c clean=1 keep=30 will=1:w\n"
        "c connected present=0 code=0 session=0 dropped=0\n"
        "s subscribe down:2 a/+:1\n"
        "c subscribed 11 codes=02 01\n"
        "s message up=1 qos=0 retain=0 dup=0 ack=0 properties=\n"
        "s message up=1 qos=1 retain=0 dup=0 ack=0 properties=\n"
        "s message up=1 qos=2 retain=0 dup=0 ack=0 properties=\n"
        "c message down=2 qos=0 retain=1 dup=0 ack=0 properties=\n"
        "c message down=2 qos=1 retain=1 dup=0 ack=0 properties=\n"
        "c message down=2 qos=2 retain=1 dup=0 ack=0 properties=\n"
        "c published 2 id=2 code=0\n"
        "s published 22 id=1 code=0\n"
        "c published 3 id=3 code=0\n"
        "s published 23 id=2 code=0\n"
        "s unsubscribe down a/+\n"
        "c unsubscribed 12 codes=\n"
        "c closed 2 code=0 fault=0 timer=0 violation=0 packet=0 error=MQC_OK\n"
        "s closed 3 code=0 fault=0 timer=0 violation=0 packet=0 error=MQC_OK\n",
        "s connect v=5 id=c clean=1 keep=30 will=1:w\n"
        "c connected present=0 code=0 session=0 dropped=0\n"
        "s subscribe down:2 a/+:1\n"
        "c subscribed 11 codes=02 01\n"
        "s message up=1 qos=0 retain=0 dup=0 ack=0 properties=\n"
        "s message up=1 qos=1 retain=0 dup=0 ack=0 properties=\n"
        "s message up=1 qos=2 retain=0 dup=0 ack=0 properties=\n"
        "c message down=2 qos=0 retain=1 dup=0 ack=0 properties=\n"
        "c message down=2 qos=1 retain=1 dup=0 ack=0 properties=\n"
        "c message down=2 qos=2 retain=1 dup=0 ack=0 properties=\n"
        "c published 2 id=2 code=0\n"
        "s published 22 id=1 code=0\n"
        "c published 3 id=3 code=0\n"
        "s published 23 id=2 code=0\n"
        "s unsubscribe down a/+\n"
        "c unsubscribed 12 codes=00 00\n"
        "c closed 2 code=0 fault=0 timer=0 violation=0 packet=0 error=MQC_OK\n"
        "s closed 3 code=0 fault=0 timer=0 violation=0 packet=0 error=MQC_OK\n",
    };
    static pair whole, chopped;
    for (size_t i = 0; i < 2; i++) {
        exchange(&whole, VERSIONS[i], SIZE_MAX);
        for (size_t chunk = 1; chunk < 8; chunk++) {
            exchange(&chopped, VERSIONS[i], chunk);
            CHECK(strcmp(whole.log, chopped.log) == 0);
            CHECK(whole.to_server == chopped.to_server && whole.to_client == chopped.to_client);
            end(&chopped);
        }
        expect(&whole, expected[i]);
        end(&whole);
    }
}

/* AUTH goes to and fro before CONNACK, and once more after it. */
static void authentication(void) {
    static pair p;
    uint8_t method[16];
    size_t len = 0;
    const mqc_property property = {.id = MQC_PROPERTY_AUTHENTICATION_METHOD, .value = TEXT("M")};
    CHECK_STATUS(mqc_property_put(&property, method, sizeof method, &len), MQC_OK);
    const mqc_bytes properties = {method, len};
    begin(&p, NULL, NULL);
    p.answers_connect = 0;
    mqc_connect connect = connect_as(TEXT("c"));
    connect.properties = properties;
    CHECK_STATUS(mqc_client_connect(p.client, p.now, &connect), MQC_OK);
    settle(&p);
    mqc_auth auth = {.reason_code = 0x18, .properties = properties};
    CHECK_STATUS(mqc_server_auth(p.server, p.now, &auth), MQC_OK);
    settle(&p);
    CHECK_STATUS(mqc_client_auth(p.client, p.now, &auth), MQC_OK);
    settle(&p);
    p.connack.properties = properties;
    CHECK_STATUS(mqc_server_accept(p.server, p.now, &p.connack, NULL), MQC_OK);
    settle(&p);
    auth.reason_code = 0x19;
    CHECK_STATUS(mqc_client_auth(p.client, p.now, &auth), MQC_OK);
    settle(&p);
    auth.reason_code = 0;
    CHECK_STATUS(mqc_server_auth(p.server, p.now, &auth), MQC_OK);
    settle(&p);
    expect(&p, "s connect v=5 id=c clean=1 keep=0 will=0:\n"
               "c auth code=24 properties=15 00 01 4d\n"
               "s auth code=24 properties=15 00 01 4d\n"
               "c connected present=0 code=0 session=0 dropped=0\n"
               "s auth code=25 properties=15 00 01 4d\n"
               "c auth code=0 properties=15 00 01 4d\n");
    end(&p);
}

static void connected(pair *p, mqc_version version) {
    mqc_client_config config = MQC_CLIENT_CONFIG_INIT;
    config.version = version;
    begin(p, &config, NULL);
    mqc_connect connect = connect_as(TEXT("c"));
    connect.has_will = 1;
    connect.will_topic = TEXT("w");
    CHECK_STATUS(mqc_client_connect(p->client, p->now, &connect), MQC_OK);
    settle(p);
    p->log_len = 0;
}

/* Ends of all kinds. */
static void ends(void) {
    static pair p;
    mqc_will will;
    for (size_t i = 0; i < 2; i++) {
        connected(&p, VERSIONS[i]);
        CHECK_STATUS(mqc_server_take_over(p.server, p.now), MQC_OK);
        settle(&p);
        CHECK_STATUS(mqc_client_handle_eof(p.client, p.now), MQC_OK);
        settle(&p);
        static const char *const taken_over[] = {
            "s closed 8 code=0 fault=0 timer=0 violation=0 packet=0 error=MQC_OK\n"
            "c closed 1 code=0 fault=0 timer=0 violation=0 packet=0 error=MQC_OK\n",
            "s closed 8 code=0 fault=0 timer=0 violation=0 packet=0 error=MQC_OK\n"
            "c closed 3 code=142 fault=0 timer=0 violation=0 packet=0 error=MQC_OK\n",
        };
        expect(&p, taken_over[i]);
        CHECK_STATUS(mqc_server_will(p.server, &will), MQC_OK);
        CHECK(will.has_will == 1);
        end(&p);

        /* The end of the transport leaves the will. */
        connected(&p, VERSIONS[i]);
        CHECK_STATUS(mqc_server_handle_eof(p.server, p.now), MQC_OK);
        poll_server(&p);
        expect(&p, "s closed 1 code=0 fault=0 timer=0 violation=0 packet=0 error=MQC_OK\n");
        CHECK_STATUS(mqc_server_will(p.server, &will), MQC_OK);
        CHECK(will.has_will == 1 && equal(will.topic, TEXT("w")));
        end(&p);

        /* All that is open is done before the goodbye. */
        connected(&p, VERSIONS[i]);
        const mqc_publish publish = message(TEXT("t"), 2, TEXT("x"));
        CHECK_STATUS(mqc_client_publish(p.client, p.now, &publish, 5, 0, NULL), MQC_OK);
        CHECK_STATUS(mqc_client_quiesce(p.client, p.now, NULL), MQC_OK);
        CHECK_STATUS(mqc_client_publish(p.client, p.now, &publish, 6, 0, NULL), MQC_QUIESCING);
        settle(&p);
        expect(&p, "s message t=x qos=2 retain=0 dup=0 ack=0 properties=\n"
                   "c published 5 id=1 code=0\n"
                   "c closed 2 code=0 fault=0 timer=0 violation=0 packet=0 error=MQC_OK\n"
                   "s closed 3 code=0 fault=0 timer=0 violation=0 packet=0 error=MQC_OK\n");
        end(&p);
    }

    begin(&p, NULL, NULL);
    p.answers_connect = 0;
    const mqc_connect connect = connect_as(TEXT("c"));
    CHECK_STATUS(mqc_client_connect(p.client, p.now, &connect), MQC_OK);
    settle(&p);
    p.connack.reason_code = 0x87;
    CHECK_STATUS(mqc_server_refuse(p.server, p.now, &p.connack), MQC_OK);
    settle(&p);
    expect(&p, "s connect v=5 id=c clean=1 keep=0 will=0:\n"
               "s closed 2 code=0 fault=0 timer=0 violation=0 packet=0 error=MQC_OK\n"
               "c closed 4 code=135 fault=0 timer=0 violation=0 packet=0 error=MQC_OK\n");
    end(&p);

    /* Nobody says CONNECT. */
    begin(&p, NULL, NULL);
    CHECK_STATUS(mqc_server_handle_timeout(p.server, p.now + 30000), MQC_OK);
    poll_server(&p);
    expect(&p, "s closed 7 code=0 fault=1 timer=1 violation=0 packet=0 error=MQC_OK\n");
    end(&p);
}

/* Bytes that are no packet, and packets that have no place, end the connection with the detail. */
static void faults(void) {
    static pair p;
    mqc_event event;
    size_t taken = 0;
    /* PUBLISH with QoS 3, behind a good one. */
    static const uint8_t bad[] = {0x30, 4, 0, 1, 't', 0, 0x36, 6, 0, 1, 't', 0, 1, 0};
    for (size_t chunk = 1; chunk <= sizeof bad; chunk += sizeof bad - 1) {
        connected(&p, MQC_VERSION_V5);
        for (size_t at = 0; at < sizeof bad; at += chunk) {
            CHECK_STATUS(mqc_server_handle_input(p.server, p.now, bad + at, chunk, &taken), MQC_OK);
        }
        CHECK_STATUS(mqc_server_poll_event(p.server, &event), MQC_OK);
        CHECK(event.kind == MQC_EVENT_MESSAGE);
        CHECK_STATUS(mqc_server_poll_event(p.server, &event), MQC_OK);
        CHECK(event.kind == MQC_EVENT_CLOSED && event.body.closed.reason == MQC_CLOSE_MALFORMED);
        CHECK(event.body.closed.is_fault == 1 && event.body.closed.reason_code == 0x81);
        const mqc_decode_error *error = &event.body.closed.decode_error;
        CHECK(error->kind == MQC_ERR_PUBLISH_QOS && error->packet_type == MQC_PACKET_PUBLISH);
        CHECK(error->offset == 0 && error->response == MQC_RESPONSE_DISCONNECT);
        CHECK(equal(error->statement, TEXT("MQTT-3.3.1-4")));
        CHECK_STATUS(mqc_server_poll_event(p.server, &event), MQC_OK);
        CHECK(event.kind == MQC_EVENT_NONE);
        settle(&p);
        expect(&p, "c closed 3 code=129 fault=0 timer=0 violation=0 packet=0 error=MQC_OK\n");
        end(&p);
    }

    connected(&p, MQC_VERSION_V5);
    static const uint8_t twice[] = {0xC0, 0, 0x10, 13, 0, 4, 'M', 'Q', 'T', 'T', 5, 2, 0, 0, 0,
                                       0, 0};
    CHECK_STATUS(mqc_server_handle_input(p.server, p.now, twice, sizeof twice, &taken),
                 MQC_OK);
    settle(&p);
    expect(&p, "s closed 6 code=130 fault=1 timer=0 violation=1 packet=1 error=MQC_OK\n"
               "c closed 3 code=130 fault=0 timer=0 violation=0 packet=0 error=MQC_OK\n");
    end(&p);
}

/* A topic alias is set aside: the topic is there, and the other properties. */
static void aliases(void) {
    static pair p;
    uint8_t block[8], user[32];
    size_t len = 0, user_len = 0;
    mqc_client_config config = MQC_CLIENT_CONFIG_INIT;
    config.max_auto_aliases = 2;
    begin(&p, &config, NULL);
    const mqc_property most = {.id = MQC_PROPERTY_TOPIC_ALIAS_MAXIMUM, .number = 2};
    CHECK_STATUS(mqc_property_put(&most, block, sizeof block, &len), MQC_OK);
    p.connack.properties = (mqc_bytes){block, len};
    const mqc_connect connect = connect_as(TEXT("c"));
    CHECK_STATUS(mqc_client_connect(p.client, p.now, &connect), MQC_OK);
    settle(&p);
    p.log_len = 0;
    mqc_publish publish = message(TEXT("a/topic"), 0, TEXT("x"));
    const mqc_property own = {
        .id = MQC_PROPERTY_USER_PROPERTY, .name = TEXT("k"), .value = TEXT("v")};
    CHECK_STATUS(mqc_property_put(&own, user, sizeof user, &user_len), MQC_OK);
    publish.properties = (mqc_bytes){user, user_len};
    size_t sent[3];
    for (size_t i = 0; i < 3; i++) {
        const size_t before = p.to_server;
        CHECK_STATUS(mqc_client_publish(p.client, p.now, &publish, 0, 0, NULL), MQC_OK);
        settle(&p);
        sent[i] = p.to_server - before;
    }
    CHECK(sent[1] == sent[0] - 7 && sent[2] == sent[1]);
    expect(&p, "s message a/topic=x qos=0 retain=0 dup=0 ack=0 properties=26 00 01 6b 00 01 76\n"
               "s message a/topic=x qos=0 retain=0 dup=0 ack=0 properties=26 00 01 6b 00 01 76\n"
               "s message a/topic=x qos=0 retain=0 dup=0 ack=0 properties=26 00 01 6b 00 01 76\n");
    end(&p);
}

/* A session goes on with the state that was taken out of the one before. */
static void sessions_go_on(void) {
    static pair p;
    mqc_client_config config = MQC_CLIENT_CONFIG_INIT;
    mqc_server_config server_config = MQC_SERVER_CONFIG_INIT;
    server_config.ack_mode = MQC_ACK_MANUAL;
    begin(&p, &config, &server_config);
    uint8_t block[8];
    size_t len = 0;
    const mqc_property expiry = {.id = MQC_PROPERTY_SESSION_EXPIRY_INTERVAL, .number = 60};
    CHECK_STATUS(mqc_property_put(&expiry, block, sizeof block, &len), MQC_OK);
    mqc_connect connect = connect_as(TEXT("c"));
    connect.properties = (mqc_bytes){block, len};
    CHECK_STATUS(mqc_client_connect(p.client, p.now, &connect), MQC_OK);
    settle(&p);
    uint32_t seconds = 0;
    CHECK_STATUS(mqc_server_session_expiry(p.server, &seconds), MQC_OK);
    CHECK(seconds == 60);
    const mqc_publish publish = message(TEXT("t"), 2, TEXT("x"));
    CHECK_STATUS(mqc_client_publish(p.client, p.now, &publish, 5, 0, NULL), MQC_OK);
    mqc_bytes out;
    size_t taken = 0;
    CHECK_STATUS(mqc_client_transmit_peek(p.client, &out), MQC_OK);
    CHECK_STATUS(mqc_server_handle_input(p.server, p.now, out.data, out.len, &taken), MQC_OK);
    CHECK_STATUS(mqc_client_transmit_advance(p.client, taken), MQC_OK);
    mqc_event event;
    CHECK_STATUS(mqc_server_poll_event(p.server, &event), MQC_OK);
    CHECK(event.kind == MQC_EVENT_MESSAGE && event.body.message.ack.packet_id == 1);
    const mqc_ack_token token = event.body.message.ack;

    /* The connection is cut before the message is acknowledged. */
    CHECK_STATUS(mqc_server_handle_eof(p.server, p.now), MQC_OK);
    CHECK_STATUS(mqc_client_handle_eof(p.client, p.now), MQC_OK);
    poll_client(&p);
    poll_server(&p);
    CHECK_STATUS(mqc_server_into_state(p.server, &p.state), MQC_OK);
    CHECK_STATUS(mqc_server_handle_eof(p.server, p.now), MQC_SPENT);
    mqc_server_free(p.server);
    mqc_session_state *state = NULL;
    CHECK_STATUS(mqc_client_into_state(p.client, &state), MQC_OK);
    CHECK_STATUS(mqc_client_into_state(p.client, &state), MQC_SPENT);
    mqc_client_free(p.client);
    mqc_session_info info;
    CHECK_STATUS(mqc_session_state_info(state, &info), MQC_OK);
    CHECK(info.open_messages == 1 && info.queued_messages == 0 && info.wants_clean_start == 0);
    CHECK_STATUS(mqc_client_resume(&config, state, &p.client), MQC_OK);
    mqc_client *none = NULL;
    CHECK_STATUS(mqc_client_resume(&config, state, &none), MQC_SPENT);
    CHECK(none == NULL);
    mqc_session_state_free(state);
    CHECK_STATUS(mqc_server_new(&server_config, p.now, &p.server), MQC_OK);
    p.log_len = 0;

    connect.clean_start = 0;
    p.answers_connect = 0;
    CHECK_STATUS(mqc_client_connect(p.client, p.now, &connect), MQC_OK);
    settle(&p);
    /* Session Present is missing: the state stays where it is. */
    CHECK_STATUS(mqc_server_accept(p.server, p.now, &p.connack, p.state), MQC_NOT_ALLOWED);
    p.connack.session_present = 1;
    CHECK_STATUS(mqc_server_accept(p.server, p.now, &p.connack, p.state), MQC_OK);
    CHECK_STATUS(mqc_session_state_info(p.state, &info), MQC_SPENT);
    settle(&p);
    /* It came again and is not handed out again; the token of before is still good. */
    expect(&p, "s connect v=5 id=c clean=0 keep=0 will=0:\n"
               "c connected present=1 code=0 session=1 dropped=0\n");
    CHECK_STATUS(mqc_server_ack(p.server, p.now, token, 0), MQC_OK);
    CHECK_STATUS(mqc_server_ack(p.server, p.now, token, 0), MQC_UNKNOWN_TOKEN);
    settle(&p);
    expect(&p, "c published 5 id=1 code=0\n");
    end(&p);
}

/* The server has lost the session: what was open is dropped, or goes out again as new. */
static void sessions_are_lost(void) {
    static pair p;
    for (mqc_session_lost lost = 0; lost < 2; lost++) {
        mqc_client_config config = MQC_CLIENT_CONFIG_INIT;
        config.session_lost = lost;
        config.version = MQC_VERSION_V311;
        begin(&p, &config, NULL);
        mqc_connect connect = connect_as(TEXT("c"));
        connect.clean_start = 0;
        CHECK_STATUS(mqc_client_connect(p.client, p.now, &connect), MQC_OK);
        settle(&p);
        const mqc_publish publish = message(TEXT("t"), 1, TEXT("x"));
        mqc_bytes out;
        CHECK_STATUS(mqc_client_publish(p.client, p.now, &publish, 5, 0, NULL), MQC_OK);
        /* It leaves, and nobody hears of it. */
        CHECK_STATUS(mqc_client_transmit_peek(p.client, &out), MQC_OK);
        CHECK_STATUS(mqc_client_transmit_advance(p.client, out.len), MQC_OK);
        CHECK_STATUS(mqc_client_handle_eof(p.client, p.now), MQC_OK);
        poll_client(&p);
        mqc_server_free(p.server);
        CHECK_STATUS(mqc_server_new(NULL, p.now, &p.server), MQC_OK);
        expect(&p, "s connect v=4 id=c clean=0 keep=0 will=0:\n"
                   "c connected present=0 code=0 session=0 dropped=0\n"
                   "c closed 1 code=0 fault=0 timer=0 violation=0 packet=0 error=MQC_OK\n");
        CHECK_STATUS(mqc_client_connect(p.client, p.now, &connect), MQC_OK);
        settle(&p);
        expect(&p, lost == MQC_SESSION_LOST_DROP
                       ? "s connect v=4 id=c clean=0 keep=0 will=0:\n"
                         "c connected present=0 code=0 session=2 dropped=1\n"
                         "c dropped 5 why=1\n"
                       : "s connect v=4 id=c clean=0 keep=0 will=0:\n"
                         "c connected present=0 code=0 session=2 dropped=1\n"
                         "s message t=x qos=1 retain=0 dup=0 ack=0 properties=\n"
                         "c published 5 id=2 code=0\n");
        end(&p);
    }
}

/* A message is of no use any more when its time is over, and says how much is left of it before. */
static void messages_expire(void) {
    static pair p;
    uint8_t block[8];
    size_t len = 0;
    const mqc_property expiry = {.id = MQC_PROPERTY_MESSAGE_EXPIRY_INTERVAL, .number = 10};
    CHECK_STATUS(mqc_property_put(&expiry, block, sizeof block, &len), MQC_OK);
    for (uint64_t seconds = 4; seconds <= 10; seconds += 6) {
        begin(&p, NULL, NULL);
        mqc_publish publish = message(TEXT("t"), 1, TEXT("x"));
        publish.properties = (mqc_bytes){block, len};
        CHECK_STATUS(mqc_client_publish(p.client, p.now, &publish, 5, 0, NULL), MQC_OK);
        p.now += seconds * 1000;
        const mqc_connect connect = connect_as(TEXT("c"));
        CHECK_STATUS(mqc_client_connect(p.client, p.now, &connect), MQC_OK);
        settle(&p);
        expect(&p, seconds < 10 ? "s connect v=5 id=c clean=1 keep=0 will=0:\n"
                                  "c connected present=0 code=0 session=0 dropped=0\n"
                                  "s message t=x qos=1 retain=0 dup=0 ack=0 "
                                  "properties=02 00 00 00 06\n"
                                  "c published 5 id=1 code=0\n"
                                : "s connect v=5 id=c clean=1 keep=0 will=0:\n"
                                  "c connected present=0 code=0 session=0 dropped=0\n"
                                  "c dropped 5 why=2\n");
        end(&p);
    }
}

/* One payload for several sessions, which is a piece of its own for each. */
static void shared_payload(void) {
    static pair p, q;
    static uint8_t data[5000];
    memset(data, 7, sizeof data);
    connected(&p, MQC_VERSION_V5);
    connected(&q, MQC_VERSION_V311);
    mqc_payload *payload = NULL;
    CHECK_STATUS(mqc_payload_new(data, sizeof data, &payload), MQC_OK);
    mqc_bytes bytes;
    CHECK_STATUS(mqc_payload_bytes(payload, &bytes), MQC_OK);
    CHECK(bytes.len == sizeof data && bytes.data != data);
    const mqc_publish publish = message(TEXT("t"), 1, (mqc_bytes){0});
    CHECK_STATUS(mqc_server_deliver_payload(p.server, p.now, &publish, payload, 1, 0, NULL),
                 MQC_OK);
    CHECK_STATUS(mqc_server_deliver_payload(q.server, q.now, &publish, payload, 2, 0, NULL),
                 MQC_OK);
    CHECK_STATUS(mqc_client_publish_payload(p.client, p.now, &publish, payload, 3, 0, NULL),
                 MQC_OK);
    mqc_bytes pieces[4];
    size_t count = 0;
    CHECK_STATUS(mqc_server_transmit_peek_vectored(p.server, pieces, 4, &count), MQC_OK);
    CHECK(count == 2 && pieces[1].data == bytes.data && pieces[1].len == sizeof data);
    CHECK_STATUS(mqc_server_transmit_peek_vectored(q.server, pieces, 1, &count), MQC_OK);
    CHECK(count == 1 && pieces[0].len < 20);
    /* They keep it. */
    mqc_payload_free(payload);
    settle(&p);
    settle(&q);
    CHECK(p.to_server > sizeof data && p.to_client > sizeof data && q.to_client > sizeof data);
    mqc_event event;
    CHECK_STATUS(mqc_server_deliver(p.server, p.now, &publish, 4, 0, NULL), MQC_OK);
    mqc_bytes out;
    size_t taken = 0;
    CHECK_STATUS(mqc_server_transmit_peek(p.server, &out), MQC_OK);
    CHECK_STATUS(mqc_client_handle_input(p.client, p.now, out.data, out.len, &taken), MQC_OK);
    CHECK_STATUS(mqc_client_poll_event(p.client, &event), MQC_OK);
    CHECK(event.kind == MQC_EVENT_MESSAGE && event.body.message.publish.payload.len == 0);
    end(&p);
    end(&q);
}

int main(void) {
    every_packet();
    authentication();
    ends();
    faults();
    aliases();
    sessions_go_on();
    sessions_are_lost();
    messages_expire();
    shared_payload();
    return EXIT_SUCCESS;
}
