/* A store in memory, for programs about sessions that are kept. */
#ifndef STORE_H
#define STORE_H

#include "pair.h"

typedef struct {
    uint8_t *key, *value;
    size_t key_len, value_len;
} row;

/* What survives a process. */
typedef struct {
    row rows[64];
    size_t count;
    uint64_t epoch, seq;
    /* Messages that were made use of. */
    unsigned effects;
} store;

static inline uint8_t *copy(mqc_bytes bytes) {
    uint8_t *data = malloc(bytes.len + 1);
    CHECK(data != NULL);
    if (bytes.len > 0) {
        memcpy(data, bytes.data, bytes.len);
    }
    return data;
}

static inline void drop_row(store *s, size_t at) {
    free(s->rows[at].key);
    free(s->rows[at].value);
    s->rows[at] = s->rows[--s->count];
}

static inline void drop_rows(store *s) {
    while (s->count > 0) {
        drop_row(s, 0);
    }
}

static inline void apply(store *s, const mqc_persist_op *op) {
    CHECK(op->seq == s->seq + 1 && op->epoch >= s->epoch && op->reserved == 0);
    s->seq = op->seq;
    s->epoch = op->epoch;
    if (op->kind == MQC_PERSIST_CLEAR) {
        drop_rows(s);
        return;
    }
    if (op->kind == MQC_PERSIST_MARK) {
        return;
    }
    for (size_t i = 0; i < s->count; i++) {
        if (equal((mqc_bytes){s->rows[i].key, s->rows[i].key_len}, op->key)) {
            drop_row(s, i);
            break;
        }
    }
    if (op->kind == MQC_PERSIST_PUT) {
        CHECK(s->count < sizeof s->rows / sizeof s->rows[0]);
        s->rows[s->count++] = (row){copy(op->key), copy(op->value), op->key.len, op->value.len};
    } else {
        CHECK(op->kind == MQC_PERSIST_DELETE);
    }
}

static inline mqc_session_state *restore(const store *s) {
    mqc_restore *rows = NULL;
    mqc_session_state *state = NULL;
    mqc_store_error error;
    CHECK_STATUS(mqc_restore_new(&rows), MQC_OK);
    for (size_t i = 0; i < s->count; i++) {
        const row *it = &s->rows[i];
        const mqc_bytes key = {it->key, it->key_len}, value = {it->value, it->value_len};
        CHECK_STATUS(mqc_restore_put(rows, key, value), MQC_OK);
    }
    CHECK_STATUS(mqc_restore_at(rows, s->epoch, s->seq), MQC_OK);
    CHECK_STATUS(mqc_restore_finish(rows, &state, &error), MQC_OK);
    mqc_restore_free(rows);
    return state;
}

/* One transaction of all changes; gives how many there were. */
#define COMMIT(role, session, s, count)                                                            \
    do {                                                                                           \
        mqc_persist_op op_;                                                                        \
        for (;;) {                                                                                 \
            CHECK_STATUS(mqc_##role##_poll_persist(session, &op_), MQC_OK);                        \
            if (op_.kind == MQC_PERSIST_NONE) {                                                    \
                break;                                                                             \
            }                                                                                      \
            apply(s, &op_);                                                                        \
            (count)++;                                                                             \
        }                                                                                          \
    } while (0)

static inline mqc_client_config client_config(const store *s) {
    mqc_client_config config = MQC_CLIENT_CONFIG_INIT;
    config.durability = MQC_DURABILITY_GATE;
    config.persist_epoch = s->epoch + 1;
    config.persist_after = s->seq;
    return config;
}

static inline mqc_server_config server_config(const store *s) {
    mqc_server_config config = MQC_SERVER_CONFIG_INIT;
    config.durability = MQC_DURABILITY_GATE;
    config.persist_epoch = s->epoch + 1;
    return config;
}

/* A session that is kept. */
static uint8_t expiry_block[8];
static inline mqc_connect connect_kept(uint8_t clean_start) {
    size_t len = 0;
    const mqc_property expiry = {.id = MQC_PROPERTY_SESSION_EXPIRY_INTERVAL, .number = 600};
    CHECK_STATUS(mqc_property_put(&expiry, expiry_block, sizeof expiry_block, &len), MQC_OK);
    mqc_connect connect = connect_as(TEXT("c"));
    connect.properties = (mqc_bytes){expiry_block, len};
    connect.clean_start = clean_start;
    return connect;
}

#endif
