/* Sessions whose state is in a store: nothing is promised before it is safe, and wherever the
 * process ends, a message of QoS 2 has its effect once. */
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

static uint8_t *copy(mqc_bytes bytes) {
    uint8_t *data = malloc(bytes.len + 1);
    CHECK(data != NULL);
    if (bytes.len > 0) {
        memcpy(data, bytes.data, bytes.len);
    }
    return data;
}

static void drop_row(store *s, size_t at) {
    free(s->rows[at].key);
    free(s->rows[at].value);
    s->rows[at] = s->rows[--s->count];
}

static void drop_rows(store *s) {
    while (s->count > 0) {
        drop_row(s, 0);
    }
}

static void apply(store *s, const mqc_persist_op *op) {
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

static mqc_session_state *restore(const store *s) {
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

static size_t written_by_client(mqc_client *session) {
    mqc_bytes out;
    CHECK_STATUS(mqc_client_transmit_peek(session, &out), MQC_OK);
    return out.len;
}

static size_t written_by_server(mqc_server *session) {
    mqc_bytes out;
    CHECK_STATUS(mqc_server_transmit_peek(session, &out), MQC_OK);
    return out.len;
}

static mqc_client_config client_config(const store *s) {
    mqc_client_config config = MQC_CLIENT_CONFIG_INIT;
    config.durability = MQC_DURABILITY_GATE;
    config.persist_epoch = s->epoch + 1;
    config.persist_after = s->seq;
    return config;
}

static mqc_server_config server_config(const store *s) {
    mqc_server_config config = MQC_SERVER_CONFIG_INIT;
    config.durability = MQC_DURABILITY_GATE;
    config.persist_epoch = s->epoch + 1;
    return config;
}

/* A session that is kept. */
static uint8_t expiry_block[8];
static mqc_connect connect_kept(uint8_t clean_start) {
    size_t len = 0;
    const mqc_property expiry = {.id = MQC_PROPERTY_SESSION_EXPIRY_INTERVAL, .number = 600};
    CHECK_STATUS(mqc_property_put(&expiry, expiry_block, sizeof expiry_block, &len), MQC_OK);
    mqc_connect connect = connect_as(TEXT("c"));
    connect.properties = (mqc_bytes){expiry_block, len};
    connect.clean_start = clean_start;
    return connect;
}

static void nothing_before_it_is_safe(void) {
    static pair p;
    store ours = {0}, theirs = {0};
    mqc_client_config config = client_config(&ours);
    mqc_server_config other = server_config(&theirs);
    begin(&p, &config, &other);
    CHECK_STATUS(mqc_client_set_unix_time(p.client, p.now, 1700000000000), MQC_OK);
    CHECK_STATUS(mqc_server_set_unix_time(p.server, p.now, 1700000000000), MQC_OK);
    const mqc_connect connect = connect_kept(1);
    unsigned count = 0;
    uint64_t seq = 0;

    /* CONNECT. */
    CHECK_STATUS(mqc_client_connect(p.client, p.now, &connect), MQC_OK);
    CHECK(written_by_client(p.client) == 0);
    COMMIT(client, p.client, &ours, count);
    CHECK(count > 0 && written_by_client(p.client) == 0);
    CHECK_STATUS(mqc_client_persist_seq(p.client, &seq), MQC_OK);
    CHECK(seq == ours.seq);
    CHECK_STATUS(mqc_client_persisted(p.client, p.now, ours.seq), MQC_OK);
    CHECK(written_by_client(p.client) > 0);

    /* CONNACK. */
    settle(&p);
    CHECK(written_by_server(p.server) == 0 && p.to_client == 0);
    COMMIT(server, p.server, &theirs, count);
    settle(&p);
    CHECK(p.to_client == 0);
    CHECK_STATUS(mqc_server_persisted(p.server, p.now, theirs.seq), MQC_OK);
    settle(&p);
    CHECK(p.to_client > 0);
    expect(&p, "s connect v=5 id=c clean=1 keep=0 will=0:\n"
               "c connected present=0 code=0 session=0 dropped=0\n");
    COMMIT(client, p.client, &ours, count);
    CHECK_STATUS(mqc_client_persisted(p.client, p.now, ours.seq), MQC_OK);
    settle(&p);

    /* SUBACK. */
    const mqc_subscription subscription = {.filter = TEXT("a"), .qos = 1};
    const mqc_bytes none = {0};
    CHECK_STATUS(mqc_client_subscribe(p.client, p.now, &subscription, 1, none, 9, NULL), MQC_OK);
    settle(&p);
    expect(&p, "s subscribe a:1\n");
    COMMIT(server, p.server, &theirs, count);
    CHECK_STATUS(mqc_server_persisted(p.server, p.now, theirs.seq), MQC_OK);
    settle(&p);
    expect(&p, "c subscribed 9 codes=01\n");

    /* PUBLISH, PUBREC, PUBREL and PUBCOMP: each waits for a change of its own side. */
    const mqc_publish publish = message(TEXT("t"), 2, TEXT("x"));
    CHECK_STATUS(mqc_client_publish(p.client, p.now, &publish, 5, 0, NULL), MQC_OK);
    unsigned steps = 0;
    while (strstr(p.log, "published 5") == NULL) {
        const size_t before = p.to_server + p.to_client;
        settle(&p);
        settle(&p);
        /* Each side says one packet at most for each transaction. */
        CHECK(p.to_server + p.to_client - before <= 9);
        if (steps % 2 == 0) {
            COMMIT(client, p.client, &ours, count);
            CHECK_STATUS(mqc_client_persisted(p.client, p.now, ours.seq), MQC_OK);
        } else {
            COMMIT(server, p.server, &theirs, count);
            CHECK_STATUS(mqc_server_persisted(p.server, p.now, theirs.seq), MQC_OK);
        }
        CHECK(steps++ < 10);
    }
    CHECK(steps >= 4);
    expect(&p, "s message t=x qos=2 retain=0 dup=0 ack=0 properties=\n"
               "c published 5 id=2 code=0\n");

    /* A number that has not been polled is not believed. */
    CHECK_STATUS(mqc_client_publish(p.client, p.now, &publish, 6, 0, NULL), MQC_OK);
    CHECK_STATUS(mqc_client_persisted(p.client, p.now, UINT64_MAX), MQC_OK);
    CHECK(written_by_client(p.client) == 0);

    /* The other owner. */
    CHECK_STATUS(mqc_client_fenced(p.client, p.now, 9), MQC_OK);
    poll_client(&p);
    expect(&p, "c fenced 9\n"
               "c closed 9 code=0 fault=0 timer=0 violation=0 packet=0 error=MQC_OK\n");
    CHECK(written_by_client(p.client) == 0);
    CHECK_STATUS(mqc_client_connect(p.client, p.now, &connect), MQC_FENCED);
    mqc_persist_op op;
    CHECK_STATUS(mqc_client_poll_persist(p.client, &op), MQC_OK);
    CHECK(op.kind == MQC_PERSIST_NONE);
    end(&p);
    drop_rows(&ours);
    drop_rows(&theirs);
}

/* Two processes, their stores, and what the server's application is about to do. */
typedef struct {
    pair p;
    store ours, theirs;
    uint64_t effect_seq;
    unsigned pending;
    int is_done;
} world;

static void boot(world *w) {
    mqc_client_config config = client_config(&w->ours);
    mqc_server_config other = server_config(&w->theirs);
    const uint64_t now = w->p.now;
    memset(&w->p, 0, sizeof w->p);
    w->p.now = now + 1000;
    w->p.chunk = SIZE_MAX;
    w->pending = 0;
    uint8_t clean_start = 1;
    mqc_session_state *state = restore(&w->ours);
    if (state == NULL) {
        CHECK_STATUS(mqc_client_new(&config, &w->p.client), MQC_OK);
    } else {
        mqc_session_info info;
        CHECK_STATUS(mqc_session_state_info(state, &info), MQC_OK);
        clean_start = info.wants_clean_start;
        CHECK_STATUS(mqc_client_resume(&config, state, &w->p.client), MQC_OK);
        mqc_session_state_free(state);
    }
    CHECK_STATUS(mqc_server_new(&other, w->p.now, &w->p.server), MQC_OK);
    CHECK_STATUS(mqc_client_set_unix_time(w->p.client, w->p.now, 1700000000000), MQC_OK);
    CHECK_STATUS(mqc_server_set_unix_time(w->p.server, w->p.now, 1700000000000), MQC_OK);
    const mqc_connect connect = connect_kept(clean_start);
    CHECK_STATUS(mqc_client_connect(w->p.client, w->p.now, &connect), MQC_OK);
}

static void crash(world *w) {
    mqc_client_free(w->p.client);
    mqc_server_free(w->p.server);
}

static void server_events(world *w) {
    mqc_event event;
    for (;;) {
        CHECK_STATUS(mqc_server_poll_event(w->p.server, &event), MQC_OK);
        switch (event.kind) {
        case MQC_EVENT_NONE:
            return;
        case MQC_EVENT_CONNECT: {
            mqc_session_state *state = restore(&w->theirs);
            if (event.body.connect.clean_start || state == NULL) {
                mqc_session_state_free(state);
                state = NULL;
                CHECK_STATUS(mqc_server_persist_after(w->p.server, w->theirs.seq), MQC_OK);
            }
            const mqc_connack connack = {.session_present = state != NULL};
            CHECK_STATUS(mqc_server_accept(w->p.server, w->p.now, &connack, state), MQC_OK);
            mqc_session_state_free(state);
            break;
        }
        case MQC_EVENT_MESSAGE:
            CHECK(event.body.message.seq > 0);
            w->effect_seq = event.body.message.seq;
            w->pending++;
            break;
        default:
            CHECK(!"expected");
        }
    }
}

static void client_events(world *w) {
    mqc_event event;
    for (;;) {
        CHECK_STATUS(mqc_client_poll_event(w->p.client, &event), MQC_OK);
        if (event.kind == MQC_EVENT_NONE) {
            return;
        }
        if (event.kind == MQC_EVENT_PUBLISHED) {
            CHECK(event.body.published.token == 5);
            w->is_done = 1;
        } else {
            CHECK(event.kind == MQC_EVENT_CONNECTED);
        }
    }
}

/* The next of the small things that a process does. */
static void step(world *w, unsigned number) {
    unsigned count = 0;
    mqc_bytes out;
    size_t taken = 0;
    switch (number % 8) {
    case 0:
        COMMIT(client, w->p.client, &w->ours, count);
        break;
    case 1:
        CHECK_STATUS(mqc_client_persisted(w->p.client, w->p.now, w->ours.seq), MQC_OK);
        break;
    case 2:
        CHECK_STATUS(mqc_client_transmit_peek(w->p.client, &out), MQC_OK);
        CHECK_STATUS(mqc_server_handle_input(w->p.server, w->p.now, out.data, out.len, &taken),
                     MQC_OK);
        CHECK_STATUS(mqc_client_transmit_advance(w->p.client, taken), MQC_OK);
        break;
    case 3:
        server_events(w);
        break;
    case 4:
        COMMIT(server, w->p.server, &w->theirs, count);
        /* The effect is in the same transaction. */
        CHECK(w->pending == 0 || w->effect_seq <= w->theirs.seq);
        w->theirs.effects += w->pending;
        w->pending = 0;
        break;
    case 5:
        CHECK_STATUS(mqc_server_persisted(w->p.server, w->p.now, w->theirs.seq), MQC_OK);
        break;
    case 6:
        CHECK_STATUS(mqc_server_transmit_peek(w->p.server, &out), MQC_OK);
        CHECK_STATUS(mqc_client_handle_input(w->p.client, w->p.now, out.data, out.len, &taken),
                     MQC_OK);
        CHECK_STATUS(mqc_server_transmit_advance(w->p.server, taken), MQC_OK);
        break;
    default:
        client_events(w);
    }
}

static void exactly_once(void) {
    static world w;
    unsigned longest = 0;
    /* The process ends after so many steps, and again after so many more. */
    for (unsigned first = 0; first < 48; first++) {
        for (unsigned second = 0; second < 48; second += 5) {
            memset(&w, 0, sizeof w);
            boot(&w);
            const mqc_publish publish = message(TEXT("t"), 2, TEXT("x"));
            CHECK_STATUS(mqc_client_publish(w.p.client, w.p.now, &publish, 5, 0, NULL), MQC_OK);
            unsigned count = 0;
            COMMIT(client, w.p.client, &w.ours, count);
            for (unsigned i = 0; i < first; i++) {
                step(&w, i);
            }
            crash(&w);
            if (!w.is_done) {
                boot(&w);
                for (unsigned i = 0; i < second; i++) {
                    step(&w, i);
                }
                crash(&w);
            }
            /* A client that was told so need not have stored it: it may hear it again. */
            boot(&w);
            unsigned steps = 0;
            mqc_session_info info = {0};
            do {
                step(&w, steps);
                CHECK(steps++ < 200);
                mqc_session_state *left = restore(&w.ours);
                if (left != NULL) {
                    CHECK_STATUS(mqc_session_state_info(left, &info), MQC_OK);
                    mqc_session_state_free(left);
                }
            } while (!w.is_done || info.open_messages + info.queued_messages > 0 ||
                     steps % 8 != 0);
            if (w.theirs.effects != 1) {
                fprintf(stderr, "%u effects, after %u and %u steps\n", w.theirs.effects, first,
                        second);
                exit(EXIT_FAILURE);
            }
            longest = steps > longest ? steps : longest;
            crash(&w);
            drop_rows(&w.ours);
            drop_rows(&w.theirs);
        }
    }
    CHECK(longest > 24);
}

/* What a client would have: three messages that wait. */
static mqc_client *client_with_messages(void) {
    mqc_client *client = NULL;
    const mqc_publish publish = message(TEXT("t"), 1, TEXT("payload"));
    CHECK_STATUS(mqc_client_new(NULL, &client), MQC_OK);
    for (unsigned i = 0; i < 3; i++) {
        CHECK_STATUS(mqc_client_publish(client, 0, &publish, i, 0, NULL), MQC_OK);
    }
    return client;
}

static void snapshots(void) {
    mqc_client *client = client_with_messages();
    mqc_snapshot *snapshot = NULL;
    mqc_restore *rows = NULL;
    mqc_bytes page;
    mqc_store_error error = {0};
    uint8_t is_last = 0, damaged[256];
    unsigned pages = 0;
    CHECK_STATUS(mqc_snapshot_new(&snapshot), MQC_OK);
    CHECK_STATUS(mqc_restore_new(&rows), MQC_OK);
    for (;;) {
        CHECK_STATUS(mqc_client_snapshot(client, snapshot, 64, &page), MQC_OK);
        if (page.len == 0) {
            break;
        }
        CHECK(is_last == 0 && page.len < sizeof damaged);
        memcpy(damaged, page.data, page.len);
        damaged[40] ^= 1;
        CHECK_STATUS(mqc_restore_page(rows, damaged, page.len, &is_last, &error),
                     MQC_ERR_STORE_CHECKSUM);
        CHECK(error.kind == MQC_ERR_STORE_CHECKSUM && error.offset == page.len - 4);
        CHECK_STATUS(mqc_restore_page(rows, page.data, page.len - 1, &is_last, &error),
                     MQC_ERR_STORE_TRUNCATED);
        CHECK_STATUS(mqc_restore_page(rows, page.data, page.len, &is_last, &error), MQC_OK);
        CHECK_STATUS(mqc_restore_page(rows, page.data, page.len, NULL, &error),
                     MQC_ERR_STORE_OUT_OF_ORDER);
        CHECK(error.expected == pages + 1 && error.found == pages);
        pages++;
    }
    CHECK(pages > 1 && is_last == 1);
    /* After the last page there is none, however often it is asked for. */
    CHECK_STATUS(mqc_client_snapshot(client, snapshot, 64, &page), MQC_OK);
    CHECK(page.len == 0);
    mqc_session_state *state = NULL;
    mqc_session_info info;
    CHECK_STATUS(mqc_restore_finish(rows, &state, &error), MQC_OK);
    CHECK_STATUS(mqc_session_state_info(state, &info), MQC_OK);
    CHECK(info.queued_messages == 3);
    mqc_session_state_free(state);

    /* A row of a kind that is not known, and one whose value is wrong. */
    CHECK_STATUS(mqc_restore_put(rows, TEXT("x"), TEXT("")), MQC_OK);
    state = NULL;
    CHECK_STATUS(mqc_restore_finish(rows, &state, &error), MQC_ERR_STORE_UNKNOWN_KEY);
    CHECK(state == NULL && error.key_kind == 'x');
    CHECK_STATUS(mqc_restore_skip_unknown(rows), MQC_OK);
    CHECK_STATUS(mqc_restore_finish(rows, &state, NULL), MQC_OK);
    mqc_session_state_free(state);
    CHECK_STATUS(mqc_restore_put(rows, TEXT("s"), TEXT("\x01")), MQC_OK);
    CHECK_STATUS(mqc_restore_finish(rows, &state, &error), MQC_ERR_STORE_VALUE);
    CHECK(error.key_kind == 's');
    CHECK_STATUS(mqc_restore_put(rows, TEXT("s"), TEXT("\x07")), MQC_OK);
    CHECK_STATUS(mqc_restore_finish(rows, &state, &error), MQC_ERR_STORE_FORMAT);
    CHECK(error.format == 7);
    mqc_restore_free(rows);

    /* Nothing is no session, and no fault. */
    CHECK_STATUS(mqc_restore_new(&rows), MQC_OK);
    state = (mqc_session_state *)&error;
    CHECK_STATUS(mqc_restore_finish(rows, &state, &error), MQC_OK);
    CHECK(state == NULL);
    mqc_restore_free(rows);
    mqc_snapshot_free(snapshot);
    mqc_client_free(client);
}

static void journals(void) {
    mqc_client_config config = MQC_CLIENT_CONFIG_INIT;
    config.durability = MQC_DURABILITY_REPORT;
    config.persist_epoch = 3;
    mqc_client *client = NULL;
    const mqc_publish publish = message(TEXT("t"), 1, TEXT("payload"));
    CHECK_STATUS(mqc_client_new(&config, &client), MQC_OK);
    CHECK_STATUS(mqc_client_publish(client, 0, &publish, 7, 0, NULL), MQC_OK);
    uint8_t journal[512];
    size_t len = 0, written = 0, offset = 0, last = 0;
    unsigned count = 0, found = 0;
    mqc_bytes header;
    CHECK_STATUS(mqc_journal_header(&header), MQC_OK);
    memcpy(journal, header.data, header.len);
    len = header.len;
    mqc_persist_op op;
    for (;;) {
        CHECK_STATUS(mqc_client_poll_persist(client, &op), MQC_OK);
        if (op.kind == MQC_PERSIST_NONE) {
            break;
        }
        CHECK(op.epoch == 3 && op.seq == ++count);
        CHECK_STATUS(mqc_persist_op_encode(&op, journal + len, 28, &written), MQC_BUFFER_TOO_SMALL);
        CHECK_STATUS(mqc_persist_op_encode(&op, journal + len, sizeof journal - len, &written),
                     MQC_OK);
        CHECK(written == 29 + op.key.len + op.value.len);
        last = len;
        len += written;
    }
    CHECK(count > 1);

    mqc_journal *reader = NULL;
    mqc_restore *rows = NULL;
    mqc_store_error error;
    CHECK_STATUS(mqc_restore_new(&rows), MQC_OK);
    CHECK_STATUS(mqc_journal_new(journal, len, &reader, &error), MQC_OK);
    for (;;) {
        CHECK_STATUS(mqc_journal_next(reader, &op, &error), MQC_OK);
        if (op.kind == MQC_PERSIST_NONE) {
            break;
        }
        CHECK(op.key.len == 0 || inside(op.key, journal, len));
        CHECK_STATUS(mqc_restore_apply(rows, &op, &error), MQC_OK);
        found++;
    }
    CHECK(found == count);
    CHECK_STATUS(mqc_journal_offset(reader, &offset), MQC_OK);
    CHECK(offset == len);
    mqc_journal_free(reader);
    mqc_session_state *state = NULL;
    mqc_session_info info;
    CHECK_STATUS(mqc_restore_finish(rows, &state, &error), MQC_OK);
    CHECK_STATUS(mqc_session_state_info(state, &info), MQC_OK);
    CHECK(info.queued_messages == 1);
    mqc_session_state_free(state);
    /* One is missing, and one is of an owner before. */
    op = (mqc_persist_op){.kind = MQC_PERSIST_DELETE, .seq = count + 2, .epoch = 3,
                          .key = TEXT("r")};
    CHECK_STATUS(mqc_restore_apply(rows, &op, &error), MQC_ERR_STORE_OUT_OF_ORDER);
    CHECK(error.expected == count + 1 && error.found == count + 2);
    op.epoch = 2;
    CHECK_STATUS(mqc_restore_apply(rows, &op, &error), MQC_ERR_STORE_EPOCH);
    CHECK(error.expected == 3 && error.found == 2);
    op.kind = MQC_PERSIST_NONE;
    CHECK_STATUS(mqc_restore_apply(rows, &op, &error), MQC_INVALID_ARGUMENT);
    mqc_restore_free(rows);

    /* The last write was cut off: what is before holds, and the place of the cut is known. */
    CHECK_STATUS(mqc_journal_new(journal, len - 1, &reader, &error), MQC_OK);
    for (unsigned i = 1; i < count; i++) {
        CHECK_STATUS(mqc_journal_next(reader, &op, &error), MQC_OK);
        CHECK(op.seq == i);
    }
    CHECK_STATUS(mqc_journal_next(reader, &op, &error), MQC_ERR_STORE_TRUNCATED);
    CHECK_STATUS(mqc_journal_offset(reader, &offset), MQC_OK);
    CHECK(offset == last && error.offset == last);
    mqc_journal_free(reader);
    reader = NULL;
    CHECK_STATUS(mqc_journal_new(journal + 1, len - 1, &reader, &error), MQC_ERR_STORE_NOT_OURS);
    CHECK_STATUS(mqc_journal_new(journal, 7, &reader, NULL), MQC_ERR_STORE_TRUNCATED);
    CHECK(reader == NULL);
    mqc_client_free(client);
}

/* What a server reads out of a stored session. */
static void stored_sessions(void) {
    static pair p;
    store theirs = {0};
    mqc_client_config config = MQC_CLIENT_CONFIG_INIT;
    mqc_server_config other = server_config(&theirs);
    other.durability = MQC_DURABILITY_REPORT;
    begin(&p, &config, &other);
    CHECK_STATUS(mqc_server_set_unix_time(p.server, p.now, 1700000000000), MQC_OK);
    mqc_connect connect = connect_kept(1);
    connect.has_will = 1;
    connect.will_topic = TEXT("w");
    connect.will_payload = TEXT("gone");
    CHECK_STATUS(mqc_client_connect(p.client, p.now, &connect), MQC_OK);
    settle(&p);
    const mqc_subscription subscriptions[] = {
        {.filter = TEXT("b"), .qos = 2, .no_local = 1},
        {.filter = TEXT("a/+"), .qos = 1, .retain_handling = MQC_RETAIN_HANDLING_DO_NOT_SEND},
    };
    uint8_t block[8];
    size_t len = 0, count = 0;
    const mqc_property id = {.id = MQC_PROPERTY_SUBSCRIPTION_IDENTIFIER, .number = 77};
    CHECK_STATUS(mqc_property_put(&id, block, sizeof block, &len), MQC_OK);
    CHECK_STATUS(mqc_client_subscribe(p.client, p.now, subscriptions, 2, (mqc_bytes){block, len}, 1,
                                      NULL),
                 MQC_OK);
    settle(&p);
    CHECK_STATUS(mqc_server_handle_eof(p.server, p.now), MQC_OK);
    poll_server(&p);
    unsigned ops = 0;
    COMMIT(server, p.server, &theirs, ops);

    mqc_session_state *state = restore(&theirs);
    mqc_session_info info;
    CHECK_STATUS(mqc_session_state_info(state, &info), MQC_OK);
    CHECK(info.session_expiry == 600 && info.ends_unix_ms == 1700000000000 + 600000);
    mqc_stored_subscription found[4];
    CHECK_STATUS(mqc_session_state_subscriptions(state, 0, found, 4, &count), MQC_OK);
    CHECK(count == 2 && equal(found[0].subscription.filter, TEXT("a/+")));
    CHECK(found[0].identifier == 77 && found[0].subscription.retain_handling == 2);
    CHECK(equal(found[1].subscription.filter, TEXT("b")) && found[1].subscription.no_local == 1);
    CHECK_STATUS(mqc_session_state_subscriptions(state, 1, found, 4, &count), MQC_OK);
    CHECK(count == 1 && equal(found[0].subscription.filter, TEXT("b")));
    CHECK_STATUS(mqc_session_state_subscriptions(state, 2, NULL, 0, &count), MQC_OK);
    CHECK(count == 0);
    mqc_will will;
    CHECK_STATUS(mqc_session_state_will(state, &will), MQC_OK);
    CHECK(will.has_will == 1 && equal(will.payload, TEXT("gone")));
    CHECK_STATUS(mqc_session_state_clear_will(state), MQC_OK);
    mqc_persist_op op;
    CHECK_STATUS(mqc_session_state_poll_persist(state, &op), MQC_OK);
    CHECK(op.kind == MQC_PERSIST_DELETE && equal(op.key, TEXT("w")));
    apply(&theirs, &op);
    CHECK_STATUS(mqc_session_state_persisted(state, op.seq), MQC_OK);
    CHECK_STATUS(mqc_session_state_will(state, &will), MQC_OK);
    CHECK(will.has_will == 0);

    /* A snapshot of the state says the same as the rows. */
    mqc_snapshot *snapshot = NULL;
    mqc_bytes page;
    uint64_t seq = 0;
    CHECK_STATUS(mqc_snapshot_new(&snapshot), MQC_OK);
    CHECK_STATUS(mqc_session_state_snapshot(state, snapshot, SIZE_MAX, &page), MQC_OK);
    CHECK_STATUS(mqc_snapshot_seq(snapshot, &seq), MQC_OK);
    CHECK(page.len > 0 && seq == theirs.seq);
    mqc_snapshot_free(snapshot);

    CHECK_STATUS(mqc_session_state_end(state), MQC_OK);
    CHECK_STATUS(mqc_session_state_poll_persist(state, &op), MQC_OK);
    CHECK(op.kind == MQC_PERSIST_CLEAR);
    apply(&theirs, &op);
    CHECK(theirs.count == 0);
    CHECK_STATUS(mqc_session_state_poll_persist(state, &op), MQC_OK);
    CHECK(op.kind == MQC_PERSIST_NONE);
    mqc_session_state_free(state);
    CHECK(restore(&theirs) == NULL);
    end(&p);
}

int main(void) {
    nothing_before_it_is_safe();
    exactly_once();
    snapshots();
    journals();
    stored_sessions();
    return EXIT_SUCCESS;
}
