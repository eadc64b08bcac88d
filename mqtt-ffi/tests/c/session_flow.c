/* Bytes go out in any pieces, what finds no room waits for its turn, and time is the caller's. */
#include "pair.h"

/* A session that is connected, without a server: the answers are written down. */
static mqc_client *connected(const mqc_client_config *config, const char *connack, size_t len) {
    mqc_client *client = NULL;
    mqc_event event;
    mqc_bytes out;
    size_t taken = 0;
    CHECK_STATUS(mqc_client_new(config, &client), MQC_OK);
    const mqc_connect connect = connect_as(TEXT("c"));
    CHECK_STATUS(mqc_client_connect(client, 0, &connect), MQC_OK);
    CHECK_STATUS(mqc_client_transmit_peek(client, &out), MQC_OK);
    CHECK_STATUS(mqc_client_transmit_advance(client, out.len), MQC_OK);
    CHECK_STATUS(mqc_client_handle_input(client, 0, (const uint8_t *)connack, len, &taken), MQC_OK);
    CHECK(taken == len);
    CHECK_STATUS(mqc_client_poll_event(client, &event), MQC_OK);
    CHECK(event.kind == MQC_EVENT_CONNECTED);
    return client;
}

#define CONNECTED(config, connack) connected(config, connack, sizeof(connack) - 1)

static mqc_status publish(mqc_client *client, mqc_qos qos, mqc_when_full when_full,
                          mqc_publish_result *result) {
    const mqc_publish it = message(TEXT("t"), qos, TEXT("0123456789"));
    return mqc_client_publish(client, 0, &it, 1, when_full, result);
}

static mqc_event_kind next(mqc_client *client) {
    mqc_event event;
    CHECK_STATUS(mqc_client_poll_event(client, &event), MQC_OK);
    return event.kind;
}

static void partial_writes(void) {
    mqc_client *client = CONNECTED(NULL, "\x20\x03\0\0\0");
    uint8_t whole[64], parts[64];
    size_t len = 0, at = 0;
    mqc_bytes out, pieces[3];
    size_t count = 0;
    for (unsigned i = 0; i < 3; i++) {
        CHECK_STATUS(publish(client, 1, 0, NULL), MQC_OK);
    }
    CHECK_STATUS(mqc_client_transmit_peek(client, &out), MQC_OK);
    len = out.len;
    CHECK(len == 3 * 18);
    memcpy(whole, out.data, len);
    CHECK_STATUS(mqc_client_transmit_peek_vectored(client, pieces, 3, &count), MQC_OK);
    CHECK(count == 1 && equal(pieces[0], out));
    CHECK_STATUS(mqc_client_transmit_peek_vectored(client, NULL, 0, &count), MQC_OK);
    CHECK(count == 0);
    for (size_t step = 1; at < len; step++) {
        CHECK_STATUS(mqc_client_transmit_peek(client, &out), MQC_OK);
        CHECK(out.len == len - at);
        CHECK_STATUS(mqc_client_transmit_advance(client, out.len + 1), MQC_INVALID_ARGUMENT);
        const size_t some = step < out.len ? step : out.len;
        memcpy(parts + at, out.data, some);
        CHECK_STATUS(mqc_client_transmit_advance(client, some), MQC_OK);
        at += some;
    }
    CHECK(memcmp(whole, parts, len) == 0);
    CHECK_STATUS(mqc_client_transmit_peek(client, &out), MQC_OK);
    CHECK(out.len == 0);
    CHECK_STATUS(mqc_client_transmit_advance(client, 0), MQC_OK);
    mqc_client_free(client);
}

static void check_refusal(mqc_client *client, mqc_status status, mqc_would_block what) {
    mqc_refusal refusal;
    CHECK_STATUS(mqc_client_refusal(client, &refusal), MQC_OK);
    CHECK(refusal.status == status && refusal.would_block == what);
}

static void no_room(void) {
    mqc_client_config config = MQC_CLIENT_CONFIG_INIT;
    mqc_publish_result result;
    size_t taken = 0;
    config.queue_max_count = 1;
    /* CONNACK with a Receive Maximum of 1. */
    mqc_client *client = CONNECTED(&config, "\x20\x06\0\0\x03\x21\0\x01");
    CHECK_STATUS(publish(client, 1, 0, &result), MQC_OK);
    CHECK(result.status == MQC_PUBLISH_SENT && result.packet_id == 1);
    CHECK_STATUS(publish(client, 1, MQC_WHEN_FULL_REJECT, &result), MQC_WOULD_BLOCK);
    check_refusal(client, MQC_WOULD_BLOCK, MQC_WOULD_BLOCK_RECEIVE_MAXIMUM);
    CHECK_STATUS(publish(client, 1, 0, &result), MQC_OK);
    CHECK(result.status == MQC_PUBLISH_QUEUED && result.packet_id == 0);
    CHECK_STATUS(publish(client, 1, 0, &result), MQC_WOULD_BLOCK);
    check_refusal(client, MQC_WOULD_BLOCK, MQC_WOULD_BLOCK_QUEUE_COUNT);
    CHECK(next(client) == MQC_EVENT_NONE);
    /* PUBACK makes room: the one that waits goes out, and there is room in the queue. */
    CHECK_STATUS(
        mqc_client_handle_input(client, 0, (const uint8_t *)"\x40\x02\0\x01", 4, &taken), MQC_OK);
    CHECK(next(client) == MQC_EVENT_PUBLISHED);
    CHECK(next(client) == MQC_EVENT_WRITABLE);
    CHECK(next(client) == MQC_EVENT_NONE);
    mqc_stats stats;
    CHECK_STATUS(mqc_client_stats(client, &stats), MQC_OK);
    CHECK(stats.is_counted == 1 && stats.in_flight == 1 && stats.queued == 0);
    CHECK(stats.connects == 1 && stats.sent.messages[1] == 2 && stats.sent.bytes[1] == 36);
    char text[4096];
    size_t len = 0;
    CHECK_STATUS(mqc_stats_prometheus(&stats, TEXT("client=\"7\""), (uint8_t *)text,
                                      sizeof text - 1, &len),
                 MQC_OK);
    text[len] = 0;
    CHECK(strstr(text, "mqtt_messages_total{client=\"7\",direction=\"sent\",qos=\"1\"} 2\n"));
    CHECK_STATUS(mqc_stats_prometheus(&stats, TEXT("client=\"7\""), (uint8_t *)text, len - 1, &len),
                 MQC_BUFFER_TOO_SMALL);
    CHECK_STATUS(mqc_client_stats_and_reset(client, 5000, &stats), MQC_OK);
    CHECK(stats.to_ms == 5000 && stats.sent.messages[1] == 2);
    CHECK_STATUS(mqc_client_stats(client, &stats), MQC_OK);
    CHECK(stats.from_ms == 5000 && stats.sent.messages[1] == 0);
    mqc_client_free(client);

    /* What is not sent keeps out what is new, and input. */
    config = (mqc_client_config)MQC_CLIENT_CONFIG_INIT;
    config.max_output = 32;
    client = CONNECTED(&config, "\x20\x03\0\0\0");
    CHECK_STATUS(publish(client, 0, 0, NULL), MQC_OK);
    CHECK_STATUS(publish(client, 0, 0, NULL), MQC_OK);
    CHECK_STATUS(publish(client, 0, 0, NULL), MQC_OK);
    CHECK_STATUS(publish(client, 0, MQC_WHEN_FULL_REJECT, NULL), MQC_WOULD_BLOCK);
    const mqc_bytes none = {0};
    const mqc_subscription subscription = {.filter = TEXT("t")};
    CHECK_STATUS(mqc_client_subscribe(client, 0, &subscription, 1, none, 1, NULL), MQC_WOULD_BLOCK);
    check_refusal(client, MQC_WOULD_BLOCK, MQC_WOULD_BLOCK_OUTPUT);
    mqc_bytes out;
    CHECK_STATUS(mqc_client_transmit_peek(client, &out), MQC_OK);
    CHECK_STATUS(mqc_client_transmit_advance(client, out.len), MQC_OK);
    CHECK(next(client) == MQC_EVENT_WRITABLE);
    size_t heap = 0, less = 0;
    CHECK_STATUS(mqc_client_heap_bytes(client, &heap), MQC_OK);
    CHECK_STATUS(mqc_client_shrink_to_fit(client), MQC_OK);
    CHECK_STATUS(mqc_client_heap_bytes(client, &less), MQC_OK);
    CHECK(less <= heap);
    mqc_client_free(client);

    /* The oldest of QoS 0 makes room for a new one. */
    config = (mqc_client_config)MQC_CLIENT_CONFIG_INIT;
    config.queue_max_count = 1;
    CHECK_STATUS(mqc_client_new(&config, &client), MQC_OK);
    CHECK_STATUS(publish(client, 0, MQC_WHEN_FULL_DROP_OLDEST_QOS0, &result), MQC_OK);
    CHECK_STATUS(publish(client, 0, MQC_WHEN_FULL_DROP_OLDEST_QOS0, &result), MQC_OK);
    CHECK(next(client) == MQC_EVENT_DROPPED && next(client) == MQC_EVENT_NONE);
    mqc_client_free(client);
}

/* A batch goes as far as there is room. */
static void batches(void) {
    mqc_client_config config = MQC_CLIENT_CONFIG_INIT;
    config.queue_max_count = 2;
    mqc_client *client = NULL;
    CHECK_STATUS(mqc_client_new(&config, &client), MQC_OK);
    mqc_publish batch[3];
    const uint64_t tokens[3] = {1, 2, 3};
    size_t taken = 9;
    for (unsigned i = 0; i < 3; i++) {
        batch[i] = message(TEXT("t"), 1, TEXT("x"));
    }
    batch[1].qos = 3;
    CHECK_STATUS(mqc_client_publish_all(client, 0, batch, tokens, 3, 0, &taken),
                 MQC_INVALID_ARGUMENT);
    CHECK(taken == 1);
    batch[1].qos = 1;
    CHECK_STATUS(mqc_client_publish_all(client, 0, batch, NULL, 3, 0, &taken), MQC_WOULD_BLOCK);
    CHECK(taken == 1);
    CHECK_STATUS(mqc_client_publish_all(client, 0, batch, NULL, 0, 0, &taken), MQC_OK);
    CHECK(taken == 0);
    mqc_client_free(client);
}

/* Input is taken as far as there is room for it. */
static void input_waits(void) {
    mqc_client_config config = MQC_CLIENT_CONFIG_INIT;
    config.max_packet_size = 1000;
    mqc_client *client = CONNECTED(&config, "\x20\x03\0\0\0");
    static uint8_t packets[20000];
    size_t len = 0, taken = 0, wants = 0;
    while (len + 100 < sizeof packets) {
        memcpy(packets + len, "\x30\x62\0\x01t\0", 6);
        len += 100;
    }
    size_t at = 0;
    unsigned found = 0, rounds = 0;
    while (at < len) {
        CHECK_STATUS(mqc_client_wants_input(client, &wants), MQC_OK);
        CHECK_STATUS(mqc_client_handle_input(client, 0, packets + at, len - at, &taken), MQC_OK);
        CHECK(taken >= wants || taken == len - at);
        CHECK(taken > 0);
        at += taken;
        while (next(client) == MQC_EVENT_MESSAGE) {
            found++;
        }
        rounds++;
    }
    CHECK(found == len / 100 && rounds > 1);
    mqc_client_free(client);
}

static void timers(void) {
    mqc_client *client = NULL;
    uint64_t at = 0;
    mqc_timer timer = 9;
    mqc_event event;
    mqc_bytes out;
    size_t taken = 0;
    CHECK_STATUS(mqc_client_new(NULL, &client), MQC_OK);
    CHECK_STATUS(mqc_client_poll_timeout(client, &at, &timer), MQC_OK);
    CHECK(at == UINT64_MAX && timer == MQC_TIMER_NONE);
    mqc_connect connect = connect_as(TEXT("c"));
    connect.keep_alive = 10;
    CHECK_STATUS(mqc_client_connect(client, 500, &connect), MQC_OK);
    CHECK_STATUS(mqc_client_poll_timeout(client, &at, &timer), MQC_OK);
    CHECK(at == 30500 && timer == MQC_TIMER_CONNECT);
    /* Too early does nothing. */
    CHECK_STATUS(mqc_client_handle_timeout(client, at - 1), MQC_OK);
    CHECK(next(client) == MQC_EVENT_NONE);
    CHECK_STATUS(mqc_client_transmit_peek(client, &out), MQC_OK);
    CHECK_STATUS(mqc_client_transmit_advance(client, out.len), MQC_OK);
    CHECK_STATUS(
        mqc_client_handle_input(client, at - 1, (const uint8_t *)"\x20\x03\0\0\0", 5, &taken),
        MQC_OK);
    CHECK(next(client) == MQC_EVENT_CONNECTED);

    /* No PINGRESP comes. */
    CHECK_STATUS(mqc_client_poll_timeout(client, &at, &timer), MQC_OK);
    CHECK(timer == MQC_TIMER_PING);
    CHECK_STATUS(mqc_client_handle_timeout(client, at), MQC_OK);
    CHECK_STATUS(mqc_client_transmit_peek(client, &out), MQC_OK);
    CHECK(equal(out, TEXT("\xC0\0")));
    CHECK_STATUS(mqc_client_transmit_advance(client, out.len), MQC_OK);
    unsigned steps = 0;
    do {
        CHECK_STATUS(mqc_client_poll_timeout(client, &at, &timer), MQC_OK);
        CHECK(timer == MQC_TIMER_PING || timer == MQC_TIMER_PING_RESPONSE);
        CHECK_STATUS(mqc_client_handle_timeout(client, at), MQC_OK);
        CHECK_STATUS(mqc_client_transmit_peek(client, &out), MQC_OK);
        CHECK_STATUS(mqc_client_transmit_advance(client, out.len), MQC_OK);
        CHECK_STATUS(mqc_client_poll_event(client, &event), MQC_OK);
        CHECK(steps++ < 5);
    } while (event.kind == MQC_EVENT_NONE);
    CHECK(event.kind == MQC_EVENT_CLOSED && event.body.closed.reason == MQC_CLOSE_TIMEOUT);
    CHECK(event.body.closed.timer == MQC_TIMER_PING_RESPONSE && event.body.closed.is_fault == 1);
    CHECK_STATUS(mqc_client_poll_timeout(client, &at, &timer), MQC_OK);
    CHECK(at == UINT64_MAX && timer == MQC_TIMER_NONE);
    mqc_client_free(client);
}

static void waits_between_attempts(void) {
    mqc_backoff options = MQC_BACKOFF_INIT;
    options.jitter_percent = 0;
    mqc_reconnect *reconnect = NULL;
    uint64_t at = 0;
    CHECK_STATUS(mqc_reconnect_new(&options, &reconnect), MQC_OK);
    CHECK_STATUS(mqc_reconnect_lost(reconnect, 0, 7, &at), MQC_OK);
    CHECK(at == 1000);
    CHECK_STATUS(mqc_reconnect_lost(reconnect, 1000, 7, &at), MQC_OK);
    CHECK(at == 3000);
    CHECK_STATUS(mqc_reconnect_next_wait(reconnect, &at), MQC_OK);
    CHECK(at == 4000);
    CHECK_STATUS(mqc_reconnect_connected(reconnect, 3000), MQC_OK);
    CHECK_STATUS(mqc_reconnect_lost(reconnect, 33000, 7, &at), MQC_OK);
    CHECK(at == 34000);
    mqc_reconnect_free(reconnect);
    options.jitter_percent = 50;
    CHECK_STATUS(mqc_reconnect_new(&options, &reconnect), MQC_OK);
    CHECK_STATUS(mqc_reconnect_lost(reconnect, 0, UINT32_MAX, &at), MQC_OK);
    CHECK(at == 500);
    mqc_reconnect_free(reconnect);

    mqc_retry *retry = NULL;
    uint8_t again = 9;
    options.jitter_percent = 0;
    CHECK_STATUS(mqc_retry_new(&options, 1, &retry), MQC_OK);
    CHECK_STATUS(mqc_retry_failed(retry, 0, MQC_FAILURE_NOT_TAKEN, MQC_PACKET_TOO_LARGE, 0, &again,
                                  &at),
                 MQC_OK);
    CHECK(again == 0 && at == UINT64_MAX);
    CHECK_STATUS(mqc_retry_failed(retry, 0, MQC_FAILURE_REFUSED, 0x97, 0, &again, &at), MQC_OK);
    CHECK(again == 1 && at == 1000);
    CHECK_STATUS(mqc_retry_failed(retry, 0, MQC_FAILURE_DROPPED, MQC_DROP_SESSION_LOST, 0, &again,
                                  &at),
                 MQC_OK);
    CHECK(again == 0);
    CHECK_STATUS(mqc_retry_failed(retry, 0, 4, 0, 0, &again, &at), MQC_INVALID_ARGUMENT);
    mqc_retry_free(retry);
}

static void requests_and_responses(void) {
    mqc_requests *requests = NULL;
    uint8_t block[64], found = 9;
    size_t len = 0, count = 0;
    uint64_t value = 0, at = 0;
    CHECK_STATUS(mqc_requests_new(TEXT("r/+"), 2, &requests), MQC_ERR_TOPIC_WILDCARD);
    CHECK_STATUS(mqc_requests_new(TEXT("r/7"), 2, &requests), MQC_OK);
    CHECK_STATUS(mqc_requests_begin(requests, 0, 5000, 11, block, 16, &len), MQC_BUFFER_TOO_SMALL);
    CHECK_STATUS(mqc_requests_begin(requests, 0, 5000, 11, block, 17, &len), MQC_OK);
    CHECK(len == 17);
    mqc_publish response = message(TEXT("r/7"), 0, TEXT("answer"));
    mqc_property property;
    CHECK_STATUS(mqc_property_find((mqc_bytes){block, len}, MQC_PROPERTY_RESPONSE_TOPIC, &property),
                 MQC_OK);
    CHECK(equal(property.value, TEXT("r/7")));
    /* Whoever answers sends the correlation data back. */
    response.properties = (mqc_bytes){block + 6, 11};
    uint8_t second[32];
    CHECK_STATUS(mqc_requests_begin(requests, 100, 1000, 12, second, sizeof second, &len), MQC_OK);
    CHECK_STATUS(mqc_requests_begin(requests, 0, 1000, 13, second, sizeof second, &len),
                 MQC_WOULD_BLOCK);
    CHECK_STATUS(mqc_requests_poll_timeout(requests, &at), MQC_OK);
    CHECK(at == 1100);
    CHECK_STATUS(mqc_requests_take(requests, &response, &found, &value), MQC_OK);
    CHECK(found == 1 && value == 11);
    CHECK_STATUS(mqc_requests_take(requests, &response, &found, &value), MQC_OK);
    CHECK(found == 0 && value == 0);
    CHECK_STATUS(mqc_requests_expire(requests, 1099, &found, &value), MQC_OK);
    CHECK(found == 0);
    CHECK_STATUS(mqc_requests_expire(requests, 1100, &found, &value), MQC_OK);
    CHECK(found == 1 && value == 12);
    CHECK_STATUS(mqc_requests_count(requests, &count), MQC_OK);
    CHECK(count == 0);
    CHECK_STATUS(mqc_requests_poll_timeout(requests, &at), MQC_OK);
    CHECK(at == UINT64_MAX);
    mqc_requests_free(requests);
}

int main(void) {
    partial_writes();
    no_room();
    batches();
    input_waits();
    timers();
    waits_between_attempts();
    requests_and_responses();
    return EXIT_SUCCESS;
}
