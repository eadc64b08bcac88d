/* Sessions whose state is in a store: nothing is promised before it is safe, and wherever the
 * process ends, a message of QoS 2 has its effect once. */
#include "store.h"

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
            CHECK(0 && "expected");
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

int main(void) {
    nothing_before_it_is_safe();
    exactly_once();
    return EXIT_SUCCESS;
}
