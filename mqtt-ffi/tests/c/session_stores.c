/* What a store gives back: snapshots in pages, journals, and what is in the state of a session. */
#include "store.h"

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
    snapshots();
    journals();
    stored_sessions();
    return EXIT_SUCCESS;
}
