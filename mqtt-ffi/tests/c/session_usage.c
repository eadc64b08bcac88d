/* What a caller does wrong: each fault has its status, and nothing has changed. */
#include "pair.h"

static const mqc_bytes NONE = {0};

static mqc_client *client;
static mqc_server *server;
static mqc_session_state *state;
static mqc_event event;
static mqc_bytes bytes;
static mqc_stats stats;
static mqc_refusal refusal;
static mqc_persist_op op;
static mqc_snapshot *snapshot;
static mqc_restore *restore;
static mqc_journal *journal;
static mqc_payload *payload;
static uint64_t number;
static size_t size;
static uint8_t byte;

#define IS_NULL(call) CHECK_STATUS(call, MQC_NULL_POINTER)

/* What both roles have: without a session, and without a place for what comes out. */
#define NULL_POINTERS(role, it)                                                                    \
    do {                                                                                           \
        const mqc_ack_token token_ = {0};                                                          \
        mqc_##role *const none_ = NULL;                                                            \
        IS_NULL(mqc_##role##_handle_input(none_, 0, NULL, 0, &size));                              \
        IS_NULL(mqc_##role##_handle_input(it, 0, NULL, 0, NULL));                                  \
        IS_NULL(mqc_##role##_handle_input(it, 0, NULL, 1, &size));                                 \
        CHECK_STATUS(mqc_##role##_handle_input(it, 0, NULL, 0, &size), MQC_OK);                    \
        IS_NULL(mqc_##role##_handle_eof(none_, 0));                                                \
        IS_NULL(mqc_##role##_handle_timeout(none_, 0));                                            \
        IS_NULL(mqc_##role##_poll_timeout(none_, &number, NULL));                                  \
        IS_NULL(mqc_##role##_poll_timeout(it, NULL, NULL));                                        \
        IS_NULL(mqc_##role##_poll_event(none_, &event));                                           \
        IS_NULL(mqc_##role##_poll_event(it, NULL));                                                \
        IS_NULL(mqc_##role##_transmit_peek(none_, &bytes));                                        \
        IS_NULL(mqc_##role##_transmit_peek(it, NULL));                                             \
        IS_NULL(mqc_##role##_transmit_peek_vectored(none_, &bytes, 1, &size));                     \
        IS_NULL(mqc_##role##_transmit_peek_vectored(it, NULL, 1, &size));                          \
        IS_NULL(mqc_##role##_transmit_peek_vectored(it, &bytes, 1, NULL));                         \
        IS_NULL(mqc_##role##_transmit_advance(none_, 0));                                          \
        IS_NULL(mqc_##role##_wants_input(none_, &size));                                           \
        IS_NULL(mqc_##role##_wants_input(it, NULL));                                               \
        IS_NULL(mqc_##role##_is_connected(none_, &byte));                                          \
        IS_NULL(mqc_##role##_is_connected(it, NULL));                                              \
        IS_NULL(mqc_##role##_refusal(none_, &refusal));                                            \
        IS_NULL(mqc_##role##_refusal(it, NULL));                                                   \
        IS_NULL(mqc_##role##_ack(none_, 0, token_, 0));                                            \
        IS_NULL(mqc_##role##_auth(none_, 0, NULL));                                                \
        IS_NULL(mqc_##role##_auth(it, 0, NULL));                                                   \
        IS_NULL(mqc_##role##_disconnect(none_, 0, NULL));                                          \
        IS_NULL(mqc_##role##_quiesce(none_, 0, NULL));                                             \
        IS_NULL(mqc_##role##_stats(none_, &stats));                                                \
        IS_NULL(mqc_##role##_stats(it, NULL));                                                     \
        IS_NULL(mqc_##role##_stats_and_reset(none_, 0, &stats));                                   \
        IS_NULL(mqc_##role##_stats_and_reset(it, 0, NULL));                                        \
        IS_NULL(mqc_##role##_heap_bytes(none_, &size));                                            \
        IS_NULL(mqc_##role##_heap_bytes(it, NULL));                                                \
        IS_NULL(mqc_##role##_shrink_to_fit(none_));                                                \
        IS_NULL(mqc_##role##_set_unix_time(none_, 0, 0));                                          \
        IS_NULL(mqc_##role##_poll_persist(none_, &op));                                            \
        IS_NULL(mqc_##role##_poll_persist(it, NULL));                                              \
        IS_NULL(mqc_##role##_persisted(none_, 0, 0));                                              \
        IS_NULL(mqc_##role##_persist_seq(none_, &number));                                         \
        IS_NULL(mqc_##role##_persist_seq(it, NULL));                                               \
        IS_NULL(mqc_##role##_fenced(none_, 0, 0));                                                 \
        IS_NULL(mqc_##role##_snapshot(none_, snapshot, 0, &bytes));                                \
        IS_NULL(mqc_##role##_snapshot(it, NULL, 0, &bytes));                                       \
        IS_NULL(mqc_##role##_snapshot(it, snapshot, 0, NULL));                                     \
        IS_NULL(mqc_##role##_into_state(none_, &state));                                           \
        IS_NULL(mqc_##role##_into_state(it, NULL));                                                \
        mqc_##role##_free(NULL);                                                                   \
    } while (0)

static void null_pointers(void) {
    const mqc_connect connect = {0};
    const mqc_connack connack = {0};
    const mqc_publish publish = message(TEXT("t"), 0, NONE);
    const mqc_filter_ack ack = {.packet_id = 1};
    mqc_will will;
    mqc_session_info info;
    uint32_t seconds;

    IS_NULL(mqc_client_new(NULL, NULL));
    IS_NULL(mqc_server_new(NULL, 0, NULL));
    IS_NULL(mqc_snapshot_new(NULL));
    IS_NULL(mqc_restore_new(NULL));
    IS_NULL(mqc_payload_new(NULL, 0, NULL));
    IS_NULL(mqc_payload_new(NULL, 1, &payload));
    CHECK_STATUS(mqc_client_new(NULL, &client), MQC_OK);
    CHECK_STATUS(mqc_server_new(NULL, 0, &server), MQC_OK);
    CHECK_STATUS(mqc_snapshot_new(&snapshot), MQC_OK);
    CHECK_STATUS(mqc_restore_new(&restore), MQC_OK);
    CHECK_STATUS(mqc_payload_new(NULL, 0, &payload), MQC_OK);
    NULL_POINTERS(client, client);
    NULL_POINTERS(server, server);

    IS_NULL(mqc_client_resume(NULL, NULL, &client));
    IS_NULL(mqc_client_connect(NULL, 0, &connect));
    IS_NULL(mqc_client_connect(client, 0, NULL));
    IS_NULL(mqc_client_publish(NULL, 0, &publish, 0, 0, NULL));
    IS_NULL(mqc_client_publish(client, 0, NULL, 0, 0, NULL));
    IS_NULL(mqc_client_publish_payload(NULL, 0, &publish, payload, 0, 0, NULL));
    IS_NULL(mqc_client_publish_payload(client, 0, &publish, NULL, 0, 0, NULL));
    IS_NULL(mqc_client_publish_payload(client, 0, NULL, payload, 0, 0, NULL));
    IS_NULL(mqc_client_publish_all(NULL, 0, &publish, NULL, 1, 0, &size));
    IS_NULL(mqc_client_publish_all(client, 0, NULL, NULL, 1, 0, &size));
    IS_NULL(mqc_client_publish_all(client, 0, &publish, NULL, 1, 0, NULL));
    IS_NULL(mqc_client_subscribe(NULL, 0, NULL, 0, NONE, 0, NULL));
    IS_NULL(mqc_client_subscribe(client, 0, NULL, 1, NONE, 0, NULL));
    IS_NULL(mqc_client_unsubscribe(NULL, 0, NULL, 0, NONE, 0, NULL));
    IS_NULL(mqc_client_unsubscribe(client, 0, NULL, 1, NONE, 0, NULL));
    IS_NULL(mqc_server_accept(NULL, 0, &connack, NULL));
    IS_NULL(mqc_server_accept(server, 0, NULL, NULL));
    IS_NULL(mqc_server_refuse(NULL, 0, &connack));
    IS_NULL(mqc_server_refuse(server, 0, NULL));
    IS_NULL(mqc_server_deliver(NULL, 0, &publish, 0, 0, NULL));
    IS_NULL(mqc_server_deliver(server, 0, NULL, 0, 0, NULL));
    IS_NULL(mqc_server_deliver_payload(server, 0, &publish, NULL, 0, 0, NULL));
    IS_NULL(mqc_server_deliver_all(server, 0, NULL, NULL, 1, 0, &size));
    IS_NULL(mqc_server_suback(NULL, 0, &ack));
    IS_NULL(mqc_server_suback(server, 0, NULL));
    IS_NULL(mqc_server_unsuback(NULL, 0, &ack));
    IS_NULL(mqc_server_unsuback(server, 0, NULL));
    IS_NULL(mqc_server_take_over(NULL, 0));
    IS_NULL(mqc_server_persist_after(NULL, 0));
    IS_NULL(mqc_server_will(NULL, &will));
    IS_NULL(mqc_server_will(server, NULL));
    IS_NULL(mqc_server_session_expiry(NULL, &seconds));
    IS_NULL(mqc_server_session_expiry(server, NULL));

    IS_NULL(mqc_payload_bytes(NULL, &bytes));
    IS_NULL(mqc_payload_bytes(payload, NULL));
    IS_NULL(mqc_snapshot_seq(NULL, &number));
    IS_NULL(mqc_snapshot_seq(snapshot, NULL));
    IS_NULL(mqc_restore_put(NULL, NONE, NONE));
    IS_NULL(mqc_restore_put(restore, (mqc_bytes){NULL, 1}, NONE));
    IS_NULL(mqc_restore_at(NULL, 0, 0));
    IS_NULL(mqc_restore_skip_unknown(NULL));
    IS_NULL(mqc_restore_page(NULL, NULL, 0, NULL, NULL));
    IS_NULL(mqc_restore_page(restore, NULL, 1, NULL, NULL));
    IS_NULL(mqc_restore_apply(NULL, &op, NULL));
    IS_NULL(mqc_restore_apply(restore, NULL, NULL));
    IS_NULL(mqc_restore_finish(NULL, &state, NULL));
    IS_NULL(mqc_restore_finish(restore, NULL, NULL));
    IS_NULL(mqc_persist_op_encode(NULL, NULL, 0, &size));
    IS_NULL(mqc_journal_header(NULL));
    IS_NULL(mqc_journal_new(NULL, 1, &journal, NULL));
    IS_NULL(mqc_journal_new(NULL, 0, NULL, NULL));
    IS_NULL(mqc_journal_next(NULL, &op, NULL));
    IS_NULL(mqc_journal_offset(NULL, &size));
    IS_NULL(mqc_session_state_info(NULL, &info));
    IS_NULL(mqc_session_state_subscriptions(NULL, 0, NULL, 0, &size));
    IS_NULL(mqc_session_state_will(NULL, &will));
    IS_NULL(mqc_session_state_clear_will(NULL));
    IS_NULL(mqc_session_state_end(NULL));
    IS_NULL(mqc_session_state_poll_persist(NULL, &op));
    IS_NULL(mqc_session_state_persisted(NULL, 0));
    IS_NULL(mqc_session_state_snapshot(NULL, snapshot, 0, &bytes));
    IS_NULL(mqc_stats_prometheus(NULL, NONE, NULL, 0, &size));
    IS_NULL(mqc_reconnect_new(NULL, NULL));
    IS_NULL(mqc_reconnect_connected(NULL, 0));
    IS_NULL(mqc_reconnect_lost(NULL, 0, 0, &number));
    IS_NULL(mqc_reconnect_next_wait(NULL, &number));
    IS_NULL(mqc_retry_new(NULL, 0, NULL));
    IS_NULL(mqc_retry_failed(NULL, 0, 1, 0, 0, &byte, &number));
    IS_NULL(mqc_requests_new(TEXT("t"), 1, NULL));
    IS_NULL(mqc_requests_begin(NULL, 0, 0, 0, NULL, 0, &size));
    IS_NULL(mqc_requests_take(NULL, &publish, &byte, &number));
    IS_NULL(mqc_requests_expire(NULL, 0, &byte, &number));
    IS_NULL(mqc_requests_poll_timeout(NULL, &number));
    IS_NULL(mqc_requests_count(NULL, &size));

    mqc_payload_free(payload);
    mqc_payload_free(NULL);
    mqc_snapshot_free(snapshot);
    mqc_snapshot_free(NULL);
    mqc_restore_free(restore);
    mqc_restore_free(NULL);
    mqc_journal_free(NULL);
    mqc_session_state_free(NULL);
    mqc_reconnect_free(NULL);
    mqc_retry_free(NULL);
    mqc_requests_free(NULL);
    mqc_client_free(client);
    mqc_server_free(server);
}

#define CONFIG_FAULT(member, value)                                                                \
    do {                                                                                           \
        mqc_client_config ours_ = MQC_CLIENT_CONFIG_INIT;                                          \
        mqc_server_config theirs_ = MQC_SERVER_CONFIG_INIT;                                        \
        mqc_client *client_ = NULL;                                                                \
        mqc_server *server_ = NULL;                                                                \
        ours_.member = value;                                                                      \
        theirs_.member = value;                                                                    \
        CHECK_STATUS(mqc_client_new(&ours_, &client_), MQC_INVALID_ARGUMENT);                      \
        CHECK_STATUS(mqc_server_new(&theirs_, 0, &server_), MQC_INVALID_ARGUMENT);                 \
        CHECK(client_ == NULL && server_ == NULL);                                                 \
    } while (0)

static void configurations(void) {
    mqc_client_config config = MQC_CLIENT_CONFIG_INIT;
    CHECK(config.struct_size == sizeof config && config.version == MQC_VERSION_V5);
    CHECK(config.stats == 1 && config.max_output == MQC_DEFAULT_MAX_OUTPUT);
    CHECK(config.queue_max_count == 1000 && config.max_open == 65535);
    CHECK(config.max_open_bytes == MQC_DEFAULT_MAX_OPEN_BYTES && config.persist_max_ops == 1024);
    CHECK(config.persist_max_bytes == MQC_DEFAULT_PERSIST_MAX_BYTES && config.persist_after == 0);
    const mqc_server_config theirs = MQC_SERVER_CONFIG_INIT;
    CHECK(theirs.struct_size == sizeof theirs && theirs.max_connect_size == 131072);
    CHECK(theirs.stats == 0 && theirs.max_packet_size == 1048576 && theirs.max_filters == 512);
    CHECK(theirs.queue_max_bytes == MQC_DEFAULT_QUEUE_MAX_BYTES && theirs.persist_epoch == 0);

    CONFIG_FAULT(stats, 2);
    CONFIG_FAULT(ack_mode, 2);
    CONFIG_FAULT(durability, 3);
    CONFIG_FAULT(switches, 1u << 31);
    CONFIG_FAULT(struct_size, 0);
    CONFIG_FAULT(struct_size, sizeof(size_t) + 1);
    config.version = 6;
    CHECK_STATUS(mqc_client_new(&config, &client), MQC_INVALID_ARGUMENT);
    config.version = MQC_VERSION_UNKNOWN;
    CHECK_STATUS(mqc_client_new(&config, &client), MQC_INVALID_ARGUMENT);
    config.version = MQC_VERSION_V311;
    config.session_lost = 2;
    CHECK_STATUS(mqc_client_new(&config, &client), MQC_INVALID_ARGUMENT);
    /* A program with an older header has fewer fields: the rest has the defaults. */
    config.struct_size = offsetof(mqc_client_config, session_lost);
    CHECK_STATUS(mqc_client_new(&config, &client), MQC_OK);
    mqc_client_free(client);
    mqc_backoff options = MQC_BACKOFF_INIT;
    mqc_reconnect *reconnect = NULL;
    options.reserved = 1;
    CHECK_STATUS(mqc_reconnect_new(&options, &reconnect), MQC_INVALID_ARGUMENT);
}

static void check_refused(mqc_status status) {
    CHECK_STATUS(mqc_client_refusal(client, &refusal), MQC_OK);
    CHECK(refusal.status == status);
}

/* What a client can do wrong. */
static void wrong_commands(void) {
    static pair p;
    const mqc_publish publish = message(TEXT("t"), 1, TEXT("x"));
    mqc_connect connect = connect_as(TEXT("c"));
    const mqc_subscription subscription = {.filter = TEXT("a/#")};
    const mqc_bytes filter = TEXT("a/#");
    begin(&p, NULL, NULL);
    client = p.client;
    check_refused(MQC_OK);
    CHECK_STATUS(mqc_client_subscribe(client, 0, &subscription, 1, NONE, 1, NULL),
                 MQC_NOT_CONNECTED);
    check_refused(MQC_NOT_CONNECTED);
    CHECK_STATUS(mqc_client_unsubscribe(client, 0, &filter, 1, NONE, 1, NULL), MQC_NOT_CONNECTED);
    CHECK_STATUS(mqc_client_disconnect(client, 0, NULL), MQC_NOT_CONNECTED);
    CHECK_STATUS(mqc_client_quiesce(client, 0, NULL), MQC_NOT_CONNECTED);
    const mqc_auth auth = {.reason_code = 0x19};
    CHECK_STATUS(mqc_client_auth(client, 0, &auth), MQC_NOT_CONNECTED);
    CHECK_STATUS(mqc_client_publish(client, 0, &publish, 1, MQC_WHEN_FULL_REJECT, NULL),
                 MQC_NOT_CONNECTED);
    connect.version = MQC_VERSION_V311;
    CHECK_STATUS(mqc_client_connect(client, 0, &connect), MQC_NOT_ALLOWED);
    connect.version = 77;
    CHECK_STATUS(mqc_client_connect(client, 0, &connect), MQC_INVALID_ARGUMENT);
    connect.version = MQC_VERSION_UNKNOWN;
    connect.client_id = TEXT("\xFF");
    CHECK_STATUS(mqc_client_connect(client, 0, &connect), MQC_ERR_UTF8);
    connect.client_id = TEXT("a\0b");
    CHECK_STATUS(mqc_client_connect(client, 0, &connect), MQC_ERR_NUL);
    connect.client_id = TEXT("c");

    /* The server offers little: QoS 1, nothing retained, no wildcards, packets of 64 bytes. */
    uint8_t block[64];
    size_t len = 0, written = 0;
    const mqc_property offers[] = {
        {.id = MQC_PROPERTY_MAXIMUM_QOS, .number = 1},
        {.id = MQC_PROPERTY_RETAIN_AVAILABLE, .number = 0},
        {.id = MQC_PROPERTY_WILDCARD_SUBSCRIPTION_AVAILABLE, .number = 0},
        {.id = MQC_PROPERTY_MAXIMUM_PACKET_SIZE, .number = 64},
    };
    for (size_t i = 0; i < sizeof offers / sizeof offers[0]; i++) {
        CHECK_STATUS(mqc_property_put(&offers[i], block + len, sizeof block - len, &written),
                     MQC_OK);
        len += written;
    }
    p.connack.properties = (mqc_bytes){block, len};
    CHECK_STATUS(mqc_client_connect(client, p.now, &connect), MQC_OK);
    CHECK_STATUS(mqc_client_connect(client, p.now, &connect), MQC_CONNECTED);
    settle(&p);
    mqc_publish wrong = publish;
    wrong.qos = 2;
    CHECK_STATUS(mqc_client_publish(client, 0, &wrong, 1, 0, NULL), MQC_NOT_SUPPORTED);
    check_refused(MQC_NOT_SUPPORTED);
    CHECK(refusal.reason_code == 0x9B);
    wrong = publish;
    wrong.retain = 1;
    CHECK_STATUS(mqc_client_publish(client, 0, &wrong, 1, 0, NULL), MQC_NOT_SUPPORTED);
    CHECK_STATUS(mqc_client_subscribe(client, 0, &subscription, 1, NONE, 1, NULL),
                 MQC_NOT_SUPPORTED);
    check_refused(MQC_NOT_SUPPORTED);
    CHECK(refusal.reason_code == 0xA2);
    static const uint8_t large[80];
    wrong = publish;
    wrong.payload = (mqc_bytes){large, sizeof large};
    CHECK_STATUS(mqc_client_publish(client, 0, &wrong, 1, 0, NULL), MQC_PACKET_TOO_LARGE);
    check_refused(MQC_PACKET_TOO_LARGE);
    CHECK(refusal.max_packet_size == 64);
    wrong = publish;
    wrong.packet_id = 7;
    CHECK_STATUS(mqc_client_publish(client, 0, &wrong, 1, 0, NULL), MQC_NOT_ALLOWED);
    wrong = publish;
    wrong.dup = 1;
    CHECK_STATUS(mqc_client_publish(client, 0, &wrong, 1, 0, NULL), MQC_NOT_ALLOWED);
    wrong.dup = 2;
    CHECK_STATUS(mqc_client_publish(client, 0, &wrong, 1, 0, NULL), MQC_INVALID_ARGUMENT);
    wrong = publish;
    wrong.topic = TEXT("a/#");
    CHECK_STATUS(mqc_client_publish(client, 0, &wrong, 1, 0, NULL), MQC_ERR_TOPIC_WILDCARD);
    check_refused(MQC_ERR_TOPIC_WILDCARD);
    CHECK_STATUS(mqc_client_publish(client, 0, &publish, 1, 3, NULL), MQC_INVALID_ARGUMENT);
    CHECK_STATUS(mqc_client_subscribe(client, 0, NULL, 0, NONE, 1, NULL),
                 MQC_ERR_SUBSCRIPTIONS_EMPTY);
    mqc_subscription broken = {.filter = TEXT("")};
    CHECK_STATUS(mqc_client_subscribe(client, 0, &broken, 1, NONE, 1, NULL),
                 MQC_ERR_FILTER_EMPTY);
    broken.filter = TEXT("a");
    broken.qos = 3;
    CHECK_STATUS(mqc_client_subscribe(client, 0, &broken, 1, NONE, 1, NULL), MQC_INVALID_ARGUMENT);
    const mqc_bytes not_its = TEXT("\x24\x01");
    broken.qos = 0;
    CHECK_STATUS(mqc_client_subscribe(client, 0, &broken, 1, not_its, 1, NULL),
                 MQC_ERR_PROPERTY_NOT_ALLOWED);
    CHECK_STATUS(mqc_client_auth(client, 0, &auth), MQC_NOT_ALLOWED);
    const mqc_disconnect only_server = {.reason_code = 0x8E};
    CHECK_STATUS(mqc_client_disconnect(client, 0, &only_server), MQC_NOT_ALLOWED);
    const mqc_ack_token unknown = {.number = 1, .packet_id = 1};
    CHECK_STATUS(mqc_client_ack(client, 0, unknown, 0), MQC_UNKNOWN_TOKEN);

    /* Nothing of all that has gone out. */
    CHECK_STATUS(mqc_client_transmit_peek(client, &bytes), MQC_OK);
    CHECK(bytes.len == 0);

    /* And what a server can do wrong. */
    const mqc_connack connack = {0};
    const mqc_filter_ack ack = {.packet_id = 7, .reason_codes = TEXT("\0")};
    CHECK_STATUS(mqc_server_accept(p.server, 0, &connack, NULL), MQC_NOT_ALLOWED);
    CHECK_STATUS(mqc_server_refuse(p.server, 0, &connack), MQC_NOT_ALLOWED);
    CHECK_STATUS(mqc_server_suback(p.server, 0, &ack), MQC_UNKNOWN_TOKEN);
    CHECK_STATUS(mqc_server_unsuback(p.server, 0, &ack), MQC_UNKNOWN_TOKEN);
    CHECK_STATUS(mqc_server_auth(p.server, 0, &auth), MQC_NOT_ALLOWED);
    const mqc_filter_ack zero = {.reason_codes = TEXT("\0")};
    CHECK_STATUS(mqc_server_suback(p.server, 0, &zero), MQC_ERR_PACKET_ID_ZERO);
    CHECK_STATUS(mqc_server_refusal(p.server, &refusal), MQC_OK);
    CHECK(refusal.status == MQC_NOT_ALLOWED);
    CHECK_STATUS(mqc_server_transmit_peek(p.server, &bytes), MQC_OK);
    CHECK(bytes.len == 0);
    end(&p);
}

/* A token is good once, and for the session that gave it. */
static void tokens(void) {
    static pair p, q;
    mqc_client_config config = MQC_CLIENT_CONFIG_INIT;
    config.ack_mode = MQC_ACK_MANUAL;
    mqc_ack_token own[2], other = {0};
    pair *const both[] = {&p, &q};
    for (size_t i = 0; i < 2; i++) {
        begin(both[i], &config, NULL);
        const mqc_connect connect = connect_as(i == 0 ? TEXT("c") : TEXT("d"));
        CHECK_STATUS(mqc_client_connect(both[i]->client, 1000, &connect), MQC_OK);
        settle(both[i]);
        const mqc_publish publish = message(TEXT("t"), 1, TEXT("x"));
        mqc_bytes out;
        CHECK_STATUS(mqc_server_deliver(both[i]->server, 1000, &publish, 1, 0, NULL), MQC_OK);
        CHECK_STATUS(mqc_server_deliver(both[i]->server, 1000, &publish, 2, 0, NULL), MQC_OK);
        CHECK_STATUS(mqc_server_transmit_peek(both[i]->server, &out), MQC_OK);
        CHECK_STATUS(mqc_client_handle_input(both[i]->client, 1000, out.data, out.len, &size),
                     MQC_OK);
        CHECK_STATUS(mqc_server_transmit_advance(both[i]->server, size), MQC_OK);
        CHECK_STATUS(mqc_client_poll_event(both[i]->client, &event), MQC_OK);
        CHECK(event.kind == MQC_EVENT_MESSAGE);
        if (i == 1) {
            other = event.body.message.ack;
            break;
        }
        own[0] = event.body.message.ack;
        CHECK_STATUS(mqc_client_poll_event(p.client, &event), MQC_OK);
        own[1] = event.body.message.ack;
    }
    CHECK_STATUS(mqc_client_ack(p.client, 1000, other, 0), MQC_UNKNOWN_TOKEN);
    /* A code that PUBACK does not have: the token is still good. */
    CHECK_STATUS(mqc_client_ack(p.client, 1000, own[1], 0x92), MQC_NOT_ALLOWED);
    CHECK_STATUS(mqc_client_ack(p.client, 1000, own[1], 0x83), MQC_OK);
    CHECK_STATUS(mqc_client_transmit_peek(p.client, &bytes), MQC_OK);
    /* Acknowledgements keep their order. */
    CHECK(bytes.len == 0);
    CHECK_STATUS(mqc_client_ack(p.client, 1000, own[1], 0), MQC_UNKNOWN_TOKEN);
    CHECK_STATUS(mqc_client_ack(p.client, 1000, own[0], 0), MQC_OK);
    settle(&p);
    expect(&p, "s connect v=5 id=c clean=1 keep=0 will=0:\n"
               "c connected present=0 code=0 session=0 dropped=0\n"
               "s published 1 id=1 code=0\n"
               "s published 2 id=2 code=131\n");
    /* With its connection a message of QoS 1 is gone. */
    CHECK_STATUS(mqc_client_handle_eof(q.client, 1000), MQC_OK);
    q.log_len = 0;
    poll_client(&q);
    CHECK_STATUS(mqc_client_ack(q.client, 1000, other, 0), MQC_UNKNOWN_TOKEN);
    end(&p);
    end(&q);
}

/* Out of an object whose state was taken comes nothing any more. */
static void spent(void) {
    CHECK_STATUS(mqc_client_new(NULL, &client), MQC_OK);
    CHECK_STATUS(mqc_client_into_state(client, &state), MQC_OK);
    const mqc_connect connect = connect_as(TEXT("c"));
    const mqc_publish publish = message(TEXT("t"), 1, TEXT("x"));
    CHECK_STATUS(mqc_client_connect(client, 0, &connect), MQC_SPENT);
    CHECK_STATUS(mqc_client_publish(client, 0, &publish, 1, 0, NULL), MQC_SPENT);
    CHECK_STATUS(mqc_client_poll_event(client, &event), MQC_SPENT);
    CHECK_STATUS(mqc_client_poll_timeout(client, &number, NULL), MQC_SPENT);
    CHECK_STATUS(mqc_client_transmit_peek(client, &bytes), MQC_SPENT);
    CHECK_STATUS(mqc_client_refusal(client, &refusal), MQC_OK);
    mqc_client *again = NULL;
    CHECK_STATUS(mqc_client_resume(NULL, state, &again), MQC_OK);
    CHECK_STATUS(mqc_session_state_end(state), MQC_SPENT);
    mqc_session_state_free(state);
    mqc_client_free(client);
    mqc_client_free(again);
}

int main(void) {
    null_pointers();
    configurations();
    wrong_commands();
    tokens();
    spent();
    return EXIT_SUCCESS;
}
