/* A client whose session lives in SQLite: what it sends and what it gets is there once, however often
 * it is killed.
 *
 *     mqc_outbox -p 1883 -i id -t topic FILE.db
 *
 * Rows of the table `outbox` (id, payload) are published to the topic with QoS 2, and are gone from the
 * table when the session has them. What comes from the topic is put into the table `inbox` (id, payload).
 * Messages, session and rows change together, in one transaction for each turn of the loop, and the
 * session says nothing to the server that depends on a change before that is committed. It ends when
 * the outbox is empty, all is acknowledged, and the inbox has as many rows as -C says.
 *
 * -h host, -p port, -i client identifier, -t topic, -C count. */
#define _POSIX_C_SOURCE 200809L
#include "mqc_net.h"

#include <sqlite3.h>

static const char USAGE[] = "mqc_outbox -t topic -i id -m FILE.db [-h host] [-p port] [-C count]\n";

static const char TABLES[] =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
    "CREATE TABLE IF NOT EXISTS outbox (id INTEGER PRIMARY KEY, payload BLOB NOT NULL);"
    "CREATE TABLE IF NOT EXISTS inbox (id INTEGER PRIMARY KEY, payload BLOB NOT NULL);"
    "CREATE TABLE IF NOT EXISTS session (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS owner (epoch INTEGER NOT NULL, seq INTEGER NOT NULL);"
    "INSERT INTO owner SELECT 0, 0 WHERE NOT EXISTS (SELECT 1 FROM owner);";

/* Messages that are published in a turn. */
enum { AT_ONCE = 50 };

static sqlite3 *db;

static void check(int result, int expected) {
    if (result != expected) {
        fail("SQLite", sqlite3_errmsg(db));
    }
}

static void execute(const char *sql) {
    check(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
}

static sqlite3_stmt *prepare(const char *sql) {
    sqlite3_stmt *statement = NULL;
    check(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    return statement;
}

/* Bytes of none would be NULL, which is no value. */
static void bind_bytes(sqlite3_stmt *statement, int at, mqc_bytes bytes) {
    const void *data = bytes.len == 0 ? "" : (const void *)bytes.data;
    check(sqlite3_bind_blob64(statement, at, data, bytes.len, SQLITE_TRANSIENT), SQLITE_OK);
}

static mqc_bytes column(sqlite3_stmt *statement, int at) {
    const uint8_t *data = sqlite3_column_blob(statement, at);
    return (mqc_bytes){data, (size_t)sqlite3_column_bytes(statement, at)};
}

static void step(sqlite3_stmt *statement) {
    check(sqlite3_step(statement), SQLITE_DONE);
    check(sqlite3_reset(statement), SQLITE_OK);
}

static int64_t one_number(const char *sql) {
    sqlite3_stmt *statement = prepare(sql);
    check(sqlite3_step(statement), SQLITE_ROW);
    const int64_t number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return number;
}

/* Who has the session is one number higher each time, so that nobody else goes on with it. */
static uint64_t take_over(void) {
    execute("UPDATE owner SET epoch = epoch + 1");
    return (uint64_t)one_number("SELECT epoch FROM owner");
}

/* The session that the store has, or a new one. */
static mqc_client *restore(uint64_t epoch, uint8_t *clean_start) {
    mqc_client_config config = MQC_CLIENT_CONFIG_INIT;
    config.durability = MQC_DURABILITY_GATE;
    config.persist_epoch = epoch;
    config.persist_after = (uint64_t)one_number("SELECT seq FROM owner");
    mqc_restore *rows = NULL;
    must(mqc_restore_new(&rows), "mqc_restore_new");
    sqlite3_stmt *statement = prepare("SELECT key, value FROM session");
    int count = 0;
    for (; sqlite3_step(statement) == SQLITE_ROW; count++) {
        must(mqc_restore_put(rows, column(statement, 0), column(statement, 1)), "mqc_restore_put");
    }
    sqlite3_finalize(statement);
    mqc_session_state *state = NULL;
    if (count > 0) {
        must(mqc_restore_at(rows, epoch, config.persist_after), "mqc_restore_at");
        must(mqc_restore_finish(rows, &state, NULL), "mqc_restore_finish");
    }
    mqc_restore_free(rows);
    mqc_client *session = NULL;
    *clean_start = 1;
    if (state == NULL) {
        must(mqc_client_new(&config, &session), "mqc_client_new");
        return session;
    }
    mqc_session_info info;
    must(mqc_session_state_info(state, &info), "mqc_session_state_info");
    *clean_start = info.wants_clean_start;
    must(mqc_client_resume(&config, state, &session), "mqc_client_resume");
    mqc_session_state_free(state);
    return session;
}

static void begin_connection(mqc_client *session, const options *it, uint8_t clean_start) {
    uint8_t properties[8];
    const mqc_property forever = {.id = MQC_PROPERTY_SESSION_EXPIRY_INTERVAL, .number = UINT32_MAX};
    mqc_connect connect = {0};
    connect.keep_alive = 60;
    connect.clean_start = clean_start;
    connect.client_id = text(it->client_id);
    must(mqc_property_put(&forever, properties, sizeof properties, &connect.properties.len),
         "mqc_property_put");
    connect.properties.data = properties;
    must(mqc_client_connect(session, now_ms(), &connect), "mqc_client_connect");
}

/* Hands rows of the outbox to the session; they are its own from then on. */
static void publish_some(mqc_client *session, const options *it) {
    sqlite3_stmt *rows = prepare("SELECT id, payload FROM outbox ORDER BY id LIMIT ?1");
    sqlite3_stmt *gone = prepare("DELETE FROM outbox WHERE id = ?1");
    sqlite3_bind_int(rows, 1, AT_ONCE);
    while (sqlite3_step(rows) == SQLITE_ROW) {
        mqc_publish publish = {0};
        publish.topic = text(it->topic);
        publish.payload = column(rows, 1);
        publish.qos = MQC_QOS_EXACTLY_ONCE;
        const mqc_status status =
            mqc_client_publish(session, now_ms(), &publish, 0, MQC_WHEN_FULL_REJECT, NULL);
        if (status == MQC_WOULD_BLOCK) {
            break;
        }
        must(status, "mqc_client_publish");
        sqlite3_bind_int64(gone, 1, sqlite3_column_int64(rows, 0));
        step(gone);
    }
    sqlite3_finalize(rows);
    sqlite3_finalize(gone);
}

/* Writes what has changed; gives the number of the last change, or 0. */
static uint64_t keep_changes(mqc_client *session) {
    sqlite3_stmt *put = prepare("INSERT OR REPLACE INTO session VALUES (?1, ?2)");
    sqlite3_stmt *gone = prepare("DELETE FROM session WHERE key = ?1");
    uint64_t last = 0;
    for (;;) {
        mqc_persist_op op;
        must(mqc_client_poll_persist(session, &op), "mqc_client_poll_persist");
        switch (op.kind) {
        case MQC_PERSIST_NONE:
            sqlite3_finalize(put);
            sqlite3_finalize(gone);
            return last;
        case MQC_PERSIST_PUT:
            bind_bytes(put, 1, op.key);
            bind_bytes(put, 2, op.value);
            step(put);
            break;
        case MQC_PERSIST_DELETE:
            bind_bytes(gone, 1, op.key);
            step(gone);
            break;
        case MQC_PERSIST_CLEAR:
            execute("DELETE FROM session");
            break;
        default:
            /* A mark: its number is all there is to it. */
            break;
        }
        last = op.seq;
    }
}

/* Makes sure that nobody else has the session by now. */
static void note_last(uint64_t epoch, uint64_t last) {
    sqlite3_stmt *note = prepare("UPDATE owner SET seq = ?1 WHERE epoch = ?2");
    sqlite3_bind_int64(note, 1, (int64_t)last);
    sqlite3_bind_int64(note, 2, (int64_t)epoch);
    step(note);
    sqlite3_finalize(note);
    if (sqlite3_changes(db) != 1) {
        fail("SQLite", "another process has this session");
    }
}

int main(int argc, char **argv) {
    const options it = parse(argc, argv, "h:p:t:m:i:C:", USAGE);
    if (it.message == NULL || it.client_id == NULL) {
        fail("usage", USAGE);
    }
    check(sqlite3_open(it.message, &db), SQLITE_OK);
    sqlite3_busy_timeout(db, 5000);
    execute(TABLES);
    const uint64_t epoch = take_over();
    uint8_t clean_start = 1;
    mqc_client *session = restore(epoch, &clean_start);
    begin_connection(session, &it, clean_start);
    const int fd = dial(&it);
    sqlite3_stmt *arrived = prepare("INSERT INTO inbox (payload) VALUES (?1)");
    int is_ready = 0;
    for (int is_open = 1; is_open;) {
        /* Before anything is waited for: CONNECT itself waits until the store knows of the session. */
        execute("BEGIN IMMEDIATE");
        mqc_event event;
        do {
            must(mqc_client_poll_event(session, &event), "mqc_client_poll_event");
            if (event.kind == MQC_EVENT_CONNECTED) {
                mqc_subscription subscription = {0};
                subscription.filter = text(it.topic);
                subscription.qos = MQC_QOS_EXACTLY_ONCE;
                must(mqc_client_subscribe(session, now_ms(), &subscription, 1, text(NULL), 0, NULL),
                     "mqc_client_subscribe");
            } else if (event.kind == MQC_EVENT_SUBSCRIBED) {
                is_ready = 1;
            } else if (event.kind == MQC_EVENT_MESSAGE) {
                bind_bytes(arrived, 1, event.body.message.publish.payload);
                step(arrived);
            } else if (event.kind == MQC_EVENT_CLOSED) {
                check_end(&event.body.closed, it.version);
                is_open = 0;
            }
        } while (event.kind != MQC_EVENT_NONE);
        if (is_ready && is_open) {
            publish_some(session, &it);
        }
        const uint64_t last = keep_changes(session);
        if (last > 0) {
            note_last(epoch, last);
        }
        execute("COMMIT");
        if (last > 0) {
            must(mqc_client_persisted(session, now_ms(), last), "mqc_client_persisted");
        }
        if (is_ready && is_open && one_number("SELECT count(*) FROM outbox") == 0 &&
            (uint64_t)one_number("SELECT count(*) FROM inbox") >= it.count) {
            is_ready = 0;
            must(mqc_client_quiesce(session, now_ms(), NULL), "mqc_client_quiesce");
        }
        if (is_open) {
            turn(fd, session);
        }
    }
    flush(fd, session);
    close(fd);
    sqlite3_finalize(arrived);
    sqlite3_close(db);
    mqc_client_free(session);
    return EXIT_SUCCESS;
}
