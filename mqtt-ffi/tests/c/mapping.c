/* MQTT topics in AMQP and Kafka, and back: what maps, maps back; the rest is refused, with the
 * place. */
#include "check.h"

typedef mqc_status one_to_one(mqc_bytes, uint8_t *, size_t, size_t *, mqc_topic_error *);

static mqc_bytes text(const char *string) {
    return (mqc_bytes){(const uint8_t *)string, strlen(string)};
}

/* Those with a version, by the rules of 5.0. */
static mqc_status filter_to_binding_key(mqc_bytes filter, uint8_t *out, size_t capacity,
                                        size_t *written, mqc_topic_error *error) {
    return mqc_filter_to_binding_key(filter, MQC_VERSION_V5, out, capacity, written, error);
}

/* With an exchange whose name is known. */
static mqc_status key_to_topic(mqc_bytes key, uint8_t *out, size_t capacity, size_t *written,
                               mqc_topic_error *error) {
    return mqc_exchange_to_topic(TEXT("orders"), key, out, capacity, written, error);
}

static mqc_status key_to_filter(mqc_bytes key, uint8_t *out, size_t capacity, size_t *written,
                                mqc_topic_error *error) {
    return mqc_exchange_to_filter(TEXT("orders"), key, out, capacity, written, error);
}

static mqc_status topic_to_key(mqc_bytes topic, uint8_t *out, size_t capacity, size_t *written,
                               mqc_topic_error *error) {
    mqc_bytes exchange;
    const mqc_status status =
        mqc_topic_to_exchange(topic, &exchange, out, capacity, written, error);
    CHECK(status != MQC_OK || inside(exchange, topic.data, topic.len));
    return status;
}

static mqc_status filter_to_key(mqc_bytes filter, uint8_t *out, size_t capacity, size_t *written,
                                mqc_topic_error *error) {
    mqc_bytes exchange;
    const mqc_status status = mqc_filter_to_exchange(filter, MQC_VERSION_V5, &exchange, out,
                                                     capacity, written, error);
    CHECK(status != MQC_OK || inside(exchange, filter.data, filter.len));
    return status;
}

/* Maps into memory that is exactly as large, and is told the length where it is a byte too small. */
static void maps(one_to_one *map, const char *from, const char *to) {
    const size_t len = strlen(to);
    uint8_t *out = malloc(len + 1);
    CHECK(out != NULL);
    memset(out, 0x5A, len + 1);
    size_t written = 77777;
    if (len > 0) {
        CHECK_STATUS(map(text(from), out, len - 1, &written, NULL), MQC_BUFFER_TOO_SMALL);
        CHECK(written == len && out[0] == 0x5A);
        written = 77777;
        CHECK_STATUS(map(text(from), NULL, 0, &written, NULL), MQC_BUFFER_TOO_SMALL);
        CHECK(written == len);
    }
    written = 77777;
    mqc_topic_error error = {.offset = 77777};
    CHECK_STATUS(map(text(from), out, len, &written, &error), MQC_OK);
    CHECK(written == len && memcmp(out, to, len) == 0 && out[len] == 0x5A);
    CHECK(error.offset == 77777);
    free(out);
}

static void refused(one_to_one *map, mqc_bytes from, mqc_status kind, size_t offset) {
    uint8_t out[512];
    memset(out, 0x5A, sizeof out);
    size_t written = 77777;
    mqc_topic_error error = {0};
    CHECK_STATUS(map(from, out, sizeof out, &written, &error), kind);
    CHECK(written == 77777 && out[0] == 0x5A);
    CHECK(error.kind == kind && error.offset == offset && error.reserved == 0);
    CHECK_STATUS(map(from, out, sizeof out, &written, NULL), kind);
}

static void by_hand(void) {
    maps(mqc_topic_to_routing_key, "sensors/temperature", "sensors.temperature");
    maps(mqc_topic_to_routing_key, "a//b", "a..b");
    maps(mqc_routing_key_to_topic, "a..b", "a//b");
    maps(filter_to_binding_key, "orders/+/#", "orders.*.#");
    maps(mqc_binding_key_to_filter, "orders.*.#", "orders/+/#");
    maps(topic_to_key, "orders/eu/new", "eu.new");
    maps(topic_to_key, "orders", "");
    maps(filter_to_key, "orders/+/#", "*.#");
    maps(key_to_topic, "eu.new", "orders/eu/new");
    maps(key_to_topic, "", "orders");
    maps(key_to_filter, "*.#", "orders/+/#");
    maps(mqc_topic_to_kafka_topic, "sensors/temperature", "sensors.temperature");
    maps(mqc_kafka_topic_to_topic, "sensors.temperature", "sensors/temperature");

    mqc_bytes exchange = {NULL, 7};
    uint8_t out[8];
    size_t written = 0;
    const mqc_bytes topic = TEXT("orders/eu");
    CHECK_STATUS(mqc_topic_to_exchange(topic, &exchange, out, 1, &written, NULL),
                 MQC_BUFFER_TOO_SMALL);
    CHECK(exchange.len == 7 && written == 2);
    CHECK_STATUS(mqc_topic_to_exchange(topic, &exchange, out, sizeof out, &written, NULL), MQC_OK);
    CHECK(equal(exchange, TEXT("orders")) && exchange.data == topic.data);
    CHECK_STATUS(mqc_filter_to_exchange(topic, MQC_VERSION_V311, &exchange, out, sizeof out,
                                        &written, NULL), MQC_OK);
    CHECK(equal(exchange, TEXT("orders")) && written == 2);

    refused(mqc_topic_to_routing_key, TEXT("v1.0/x"), MQC_ERR_MAP_SEPARATOR, 2);
    refused(mqc_topic_to_routing_key, TEXT("a/*"), MQC_ERR_MAP_WILDCARD, 2);
    refused(mqc_topic_to_routing_key, TEXT("$SYS/x"), MQC_ERR_MAP_DOLLAR, 0);
    refused(mqc_topic_to_routing_key, TEXT("a/+"), MQC_ERR_TOPIC_WILDCARD, 2);
    refused(mqc_routing_key_to_topic, TEXT("a.b/c"), MQC_ERR_MAP_SEPARATOR, 3);
    refused(mqc_routing_key_to_topic, TEXT("a.#"), MQC_ERR_MAP_WILDCARD, 2);
    refused(mqc_routing_key_to_topic, TEXT("a\0"), MQC_ERR_MAP_CHARACTER, 1);
    refused(mqc_routing_key_to_topic, TEXT(""), MQC_ERR_MAP_EMPTY, 0);
    refused(mqc_routing_key_to_topic, TEXT("ab\xFF"), MQC_ERR_UTF8, 2);
    refused(filter_to_binding_key, TEXT("$share/g/a"), MQC_ERR_MAP_SHARED, 0);
    refused(filter_to_binding_key, TEXT("a/#/b"), MQC_ERR_FILTER_MULTI_LEVEL, 2);
    refused(mqc_binding_key_to_filter, TEXT("a.#.b"), MQC_ERR_MAP_WILDCARD, 2);
    refused(mqc_binding_key_to_filter, TEXT("a.+"), MQC_ERR_MAP_WILDCARD, 2);
    refused(mqc_binding_key_to_filter, TEXT("$a.#"), MQC_ERR_MAP_DOLLAR, 0);
    refused(topic_to_key, TEXT("a b/c"), MQC_ERR_MAP_EXCHANGE, 0);
    refused(topic_to_key, TEXT("a/"), MQC_ERR_MAP_EMPTY_LEVEL, 0);
    refused(topic_to_key, TEXT("a/b.c"), MQC_ERR_MAP_SEPARATOR, 3);
    refused(filter_to_key, TEXT("+/a"), MQC_ERR_MAP_EXCHANGE, 0);
    refused(filter_to_key, TEXT("$share/g/a"), MQC_ERR_MAP_SHARED, 0);
    refused(key_to_topic, TEXT("eu.*"), MQC_ERR_MAP_WILDCARD, 3);
    refused(key_to_filter, TEXT("eu/new"), MQC_ERR_MAP_SEPARATOR, 2);
    refused(mqc_topic_to_kafka_topic, TEXT("a b"), MQC_ERR_MAP_CHARACTER, 1);
    refused(mqc_topic_to_kafka_topic, TEXT("a.b"), MQC_ERR_MAP_SEPARATOR, 1);
    refused(mqc_topic_to_kafka_topic, TEXT("/"), MQC_ERR_MAP_DOTS, 0);
    refused(mqc_kafka_topic_to_topic, TEXT(".."), MQC_ERR_MAP_DOTS, 0);
    refused(mqc_kafka_topic_to_topic, TEXT(""), MQC_ERR_MAP_EMPTY, 0);
    refused(mqc_kafka_topic_to_topic, TEXT("a/b"), MQC_ERR_MAP_CHARACTER, 1);
    CHECK_STATUS(mqc_exchange_to_topic(TEXT("amq topic"), TEXT("a"), out, sizeof out, &written,
                                       NULL), MQC_ERR_MAP_EXCHANGE);
    CHECK_STATUS(mqc_exchange_to_topic(TEXT("\xFF"), TEXT("a"), out, sizeof out, &written, NULL),
                 MQC_ERR_MAP_EXCHANGE);
    CHECK_STATUS(mqc_exchange_to_filter(TEXT(""), TEXT("a"), out, sizeof out, &written, NULL),
                 MQC_ERR_MAP_EXCHANGE);
    /* By the rules of 3.1.1 nothing is shared. */
    CHECK_STATUS(mqc_filter_to_binding_key(TEXT("$share/g/a"), MQC_VERSION_V311, out, sizeof out,
                                           &written, NULL), MQC_ERR_MAP_DOLLAR);
}

static void lengths(void) {
    static char topic[300];
    memset(topic, 'a', sizeof topic);
    const struct {
        one_to_one *map;
        size_t most;
    } rows[] = {
        {mqc_topic_to_routing_key, 255},  {mqc_routing_key_to_topic, 255},
        {filter_to_binding_key, 255},     {mqc_binding_key_to_filter, 255},
        {mqc_topic_to_kafka_topic, 249},  {mqc_kafka_topic_to_topic, 249},
        {key_to_topic, 255},              {key_to_filter, 255},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t out[300];
        size_t written = 0;
        mqc_bytes from = {(const uint8_t *)topic, rows[i].most};
        CHECK_STATUS(rows[i].map(from, out, sizeof out, &written, NULL), MQC_OK);
        from.len++;
        refused(rows[i].map, from, MQC_ERR_MAP_TOO_LONG, rows[i].most);
    }
}

/* Maps there and back every text of up to four characters of the alphabet; tells how many went. */
static long there_and_back(one_to_one *there, one_to_one *back) {
    const char alphabet[] = "a./*$+#";
    long mapped = 0;
    for (long number = 0; number < 7 * 7 * 7 * 7 * 5; number++) {
        char from[5] = {0};
        long rest = number / 5;
        for (long i = 0; i < number % 5; i++) {
            from[i] = alphabet[rest % 7];
            rest /= 7;
        }
        if (rest > 0) {
            continue; /* A shorter text that has been before. */
        }
        uint8_t to[16];
        uint8_t again[16];
        size_t to_len = 0;
        size_t again_len = 0;
        if (there(text(from), to, sizeof to, &to_len, NULL) != MQC_OK) {
            continue;
        }
        mapped++;
        CHECK_STATUS(back((mqc_bytes){to, to_len}, again, sizeof again, &again_len, NULL), MQC_OK);
        CHECK(equal((mqc_bytes){again, again_len}, text(from)));
    }
    return mapped;
}

static void round_trips(void) {
    /* As many texts on one side as on the other. */
    const long names = there_and_back(mqc_topic_to_routing_key, mqc_routing_key_to_topic);
    CHECK(names > 20);
    CHECK(there_and_back(mqc_routing_key_to_topic, mqc_topic_to_routing_key) == names);
    const long filters = there_and_back(filter_to_binding_key, mqc_binding_key_to_filter);
    CHECK(filters > names);
    CHECK(there_and_back(mqc_binding_key_to_filter, filter_to_binding_key) == filters);
    const long kafka = there_and_back(mqc_topic_to_kafka_topic, mqc_kafka_topic_to_topic);
    CHECK(kafka > 10);
    CHECK(there_and_back(mqc_kafka_topic_to_topic, mqc_topic_to_kafka_topic) == kafka);
}

static void garbage(void) {
    one_to_one *const all[] = {
        mqc_topic_to_routing_key, mqc_routing_key_to_topic, filter_to_binding_key,
        mqc_binding_key_to_filter, mqc_topic_to_kafka_topic, mqc_kafka_topic_to_topic,
        topic_to_key, filter_to_key, key_to_topic, key_to_filter,
    };
    uint8_t out[32];
    size_t written = 77777;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        const mqc_bytes null = {NULL, 1};
        const mqc_bytes endless = {(const uint8_t *)"a", SIZE_MAX};
        CHECK_STATUS(all[i](null, out, sizeof out, &written, NULL), MQC_NULL_POINTER);
        CHECK_STATUS(all[i](endless, out, sizeof out, &written, NULL), MQC_INVALID_ARGUMENT);
        CHECK_STATUS(all[i](TEXT("a"), NULL, 4, &written, NULL), MQC_NULL_POINTER);
        CHECK_STATUS(all[i](TEXT("a"), out, sizeof out, NULL, NULL), MQC_NULL_POINTER);
    }
    CHECK_STATUS(mqc_topic_to_exchange(TEXT("a"), NULL, out, sizeof out, &written, NULL),
                 MQC_NULL_POINTER);
    CHECK_STATUS(mqc_filter_to_exchange(TEXT("a"), MQC_VERSION_V5, NULL, out, sizeof out, &written,
                                        NULL), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_filter_to_binding_key(TEXT("a"), 0, out, sizeof out, &written, NULL),
                 MQC_INVALID_ARGUMENT);
    mqc_bytes exchange = {NULL, 0};
    CHECK_STATUS(mqc_filter_to_exchange(TEXT("a"), 7, &exchange, out, sizeof out, &written, NULL),
                 MQC_INVALID_ARGUMENT);
    CHECK_STATUS(mqc_exchange_to_topic((mqc_bytes){NULL, 1}, TEXT("a"), out, sizeof out, &written,
                                       NULL), MQC_NULL_POINTER);
    CHECK(written == 77777);
}

int main(void) {
    by_hand();
    lengths();
    round_trips();
    garbage();
    return EXIT_SUCCESS;
}
