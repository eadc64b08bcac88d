/* The header for C++: both sides of a session in memory, stores, and what goes with a client. */
#include "check.hpp"

#include <map>

/// A client and a server with nothing but memory between them.
struct pair {
    explicit pair(mqc::client_session of, mqc_server_config config = mqc::server_config())
        : client(std::move(of)), server(1000, config) {}
    explicit pair(const mqc_client_config &config = mqc::client_config())
        : pair(mqc::client_session(config)) {}

    mqc::client_session client;
    mqc::server_session server;
    std::uint64_t now = 1000;
    mqc_connack connack{};
    mqc::session_state state;
    bool acknowledges = true;
    /// Topics and payloads that came, who closed, and what was acknowledged.
    std::string log;
    std::optional<mqc_ack_token> last;

    template <typename From, typename To> bool carry(From &from, To &to) {
        const std::string_view out = from.transmit_peek();
        if (out.empty()) {
            return false;
        }
        const std::size_t taken = to.handle_input(now, out);
        from.transmit_advance(taken);
        return taken > 0;
    }

    bool client_events() {
        bool any = false;
        while (const auto event = client.poll_event()) {
            any = true;
            if (event->is(MQC_EVENT_CONNECTED)) {
                log += "connected " + std::to_string(event->connected().session) + ";";
            } else if (event->is(MQC_EVENT_MESSAGE)) {
                const mqc_publish &it = event->message().publish;
                log += "c:" + std::string(mqc::text(it.topic)) + "=" +
                       std::string(mqc::text(it.payload)) + ";";
                last = event->message().ack;
            } else if (event->is(MQC_EVENT_PUBLISHED)) {
                log += "published " + std::to_string(event->published().token) + ";";
            } else if (event->is(MQC_EVENT_SUBSCRIBED)) {
                log += "subscribed " + std::to_string(event->subscribed().token) + "," +
                       std::to_string(event->subscribed().reason_codes.len) + ";";
            } else if (event->is(MQC_EVENT_UNSUBSCRIBED)) {
                log += "unsubscribed " + std::to_string(event->unsubscribed().token) + ";";
            } else if (event->is(MQC_EVENT_CLOSED)) {
                log += "closed " + std::to_string(event->closed().reason) + ";";
            } else if (event->is(MQC_EVENT_DROPPED)) {
                log += "dropped " + std::to_string(event->dropped().token) + ";";
            } else if (event->is(MQC_EVENT_FENCED)) {
                log += "fenced " + std::to_string(event->fenced().epoch) + ";";
            }
        }
        return any;
    }

    void answer(const mqc_filter_ack &head, std::size_t count, bool is_subscribe) {
        const mqc::buffer codes(count, 0);
        mqc_filter_ack ack = head;
        ack.reason_codes = mqc::bytes(codes);
        if (is_subscribe) {
            server.suback(now, ack);
        } else {
            server.unsuback(now, ack);
        }
    }

    bool server_events() {
        bool any = false;
        while (const auto event = server.poll_event()) {
            any = true;
            mqc_filter_ack head{};
            std::size_t count = 0;
            if (event->is(MQC_EVENT_CONNECT)) {
                log += "from " + std::string(mqc::text(event->connect().client_id)) + ";";
                if (state) {
                    server.accept(now, connack, std::move(state));
                } else {
                    server.accept(now, connack);
                }
            } else if (event->is(MQC_EVENT_SUBSCRIBE)) {
                for (const auto &it : mqc::subscriptions(event->subscribe().subscriptions)) {
                    log += "to " + std::string(it.filter) + ":" + std::to_string(it.qos) + ";";
                    count++;
                }
                head.packet_id = event->subscribe().packet_id;
                answer(head, count, true);
            } else if (event->is(MQC_EVENT_UNSUBSCRIBE)) {
                for (const auto it : mqc::filters(event->unsubscribe().filters)) {
                    CHECK(!it.empty());
                    count++;
                }
                head.packet_id = event->unsubscribe().packet_id;
                answer(head, count, false);
            } else if (event->is(MQC_EVENT_MESSAGE)) {
                const mqc_publish &it = event->message().publish;
                log += "s:" + std::string(mqc::text(it.topic)) + "=" +
                       std::string(mqc::text(it.payload)) + ";";
            }
        }
        return any;
    }

    void pump() {
        for (bool any = true; any;) {
            any = client_events();
            any = server_events() || any;
            any = carry(client, server) || any;
            any = carry(server, client) || any;
        }
    }

    std::string take_log() { return std::exchange(log, std::string()); }
};

static void messages_both_ways() {
    pair p;
    CHECK(!p.client.is_connected() && p.client.wants_input() == 0);
    const auto early = error_of<mqc::refused>([&] { p.client.disconnect(p.now); });
    CHECK(early.status() == MQC_NOT_CONNECTED && early.refusal().status == MQC_NOT_CONNECTED);
    p.client.connect(p.now, mqc::connect_as("c1"));
    CHECK(p.client.wants_input() > 0);
    mqc_timer timer = MQC_TIMER_NONE;
    CHECK(p.client.poll_timeout(&timer) == p.now + 30000 && timer == MQC_TIMER_CONNECT);
    p.pump();
    CHECK(p.take_log() == "from c1;connected 0;");
    CHECK(p.client.is_connected() && p.server.is_connected());
    CHECK(error_of<mqc::refused>([&] { p.client.connect(p.now, mqc::connect_as("x")); }).status() ==
          MQC_CONNECTED);

    // One filter, several, and several that lie in a row.
    CHECK(p.client.subscribe(p.now, mqc::subscription{"a/#", 1}, 5));
    CHECK(p.client.subscribe(p.now, {mqc::subscription{"b"}, mqc::subscription{"c", 2}}, 6));
    const std::vector<mqc_subscription> many(3, mqc::subscription{"d", 1});
    CHECK(p.client.subscribe(p.now, many, 7));
    p.pump();
    CHECK(p.take_log() ==
          "to a/#:1;to b:0;to c:2;to d:1;to d:1;to d:1;subscribed 5,1;subscribed 6,2;"
          "subscribed 7,3;");
    CHECK(p.client.unsubscribe(p.now, "b", 8));
    const mqc_bytes gone[] = {mqc::bytes("c"), mqc::bytes("d")};
    CHECK(p.client.unsubscribe(p.now, gone, 9));
    p.pump();
    CHECK(p.take_log() == "unsubscribed 8;unsubscribed 9;");

    CHECK(p.client.publish(p.now, mqc::message("t", "0"))->status == MQC_PUBLISH_SENT);
    CHECK(p.client.publish(p.now, mqc::message("t", "1", 1), 21)->packet_id != 0);
    const mqc::payload shared("of several");
    CHECK(shared.text() == "of several");
    CHECK(p.client.publish(p.now, mqc::message("t", "", 2), shared, 22));
    const mqc_publish all[] = {mqc::message("x", "1"), mqc::message("x", "2", 1)};
    const std::uint64_t tokens[] = {31, 32};
    CHECK(p.client.publish_all(p.now, all, tokens) == 2);
    CHECK(p.client.publish_all(p.now, all) == 2);
    p.pump();
    CHECK(p.take_log() == "s:t=0;s:t=1;s:t=of several;s:x=1;s:x=2;s:x=1;s:x=2;published 21;"
                          "published 32;published 0;published 22;");
    CHECK(error_of([&] { (void)p.client.publish_all(p.now, all, {tokens, 1}); }).status() ==
          MQC_INVALID_ARGUMENT);
    // The second is no message: what was taken is said, and the fault comes with the rest.
    const mqc_publish bad[] = {mqc::message("x", "1"), mqc::message("+", "2")};
    CHECK(p.client.publish_all(p.now, bad) == 1);
    CHECK(error_of([&] { (void)p.client.publish_all(p.now, {bad + 1, 1}); }).status() ==
          MQC_ERR_TOPIC_WILDCARD);

    CHECK(p.server.deliver(p.now, mqc::message("a/1", "x", 1), 41));
    CHECK(p.server.deliver(p.now, mqc::message("a/2", ""), shared));
    CHECK(p.server.deliver_all(p.now, all, tokens) == 2);
    p.pump();
    CHECK(p.take_log() == "c:a/1=x;c:a/2=of several;c:x=1;c:x=2;s:x=1;");

    CHECK(p.client.stats().sent.messages[1] == 3 && p.client.heap_bytes() > 0);
    CHECK(mqc::prometheus(p.client.stats(), "client=\"1\"").find("client=\"1\"") !=
          std::string::npos);
    CHECK(p.client.stats_and_reset(p.now).connects == 1 && p.client.stats().connects == 0);
    p.client.shrink_to_fit();

    mqc_bytes pieces[8];
    CHECK(p.client.transmit_peek_vectored(pieces, 8) == 0 && p.client.transmit_peek().empty());
    p.client.disconnect(p.now);
    CHECK(p.client.transmit_peek_vectored(pieces, 8) == 1 && pieces[0].len > 0);
    p.pump();
    CHECK(p.take_log() == "closed " + std::to_string(MQC_CLOSE_LOCAL) + ";");
    p.client.handle_eof(p.now);
    p.client.handle_timeout(p.now);
}

static void no_room_is_no_error() {
    mqc_client_config config = mqc::client_config();
    config.queue_max_count = 1;
    mqc::client_session client(config);
    CHECK(client.publish(0, mqc::message("t", "1", 1))->status == MQC_PUBLISH_QUEUED);
    CHECK(!client.publish(0, mqc::message("t", "2", 1)));
    CHECK(client.refusal().would_block == MQC_WOULD_BLOCK_QUEUE_COUNT);
    const mqc_publish more[] = {mqc::message("t", "3"), mqc::message("t", "4")};
    CHECK(client.publish_all(0, more) == 0);
    config.struct_size = 3;
    CHECK(error_of([&] { mqc::client_session it(config); }).status() == MQC_INVALID_ARGUMENT);
}

static void faults_of_events_and_peers() {
    pair p;
    p.client.connect(p.now, mqc::connect_as("c1"));
    CHECK(p.client.handle_input(p.now, "\x20\x02\x01\x99") == 4);
    const auto event = p.client.poll_event();
    CHECK(event && event->is(MQC_EVENT_CLOSED) && event->kind() == MQC_EVENT_CLOSED);
    CHECK(event->closed().reason == MQC_CLOSE_MALFORMED && event->closed().is_fault == 1);
    CHECK(error_of([&] { (void)event->message(); }).status() == MQC_INVALID_ARGUMENT);
    CHECK(event->raw().kind == MQC_EVENT_CLOSED);
    CHECK(!p.client.poll_event());
}

static void acknowledgements_by_hand() {
    mqc_client_config config = mqc::client_config();
    config.ack_mode = MQC_ACK_MANUAL;
    pair p(config);
    p.client.connect(p.now, mqc::connect_as("c1"));
    p.pump();
    CHECK(p.server.deliver(p.now, mqc::message("a", "1", 1), 1));
    p.pump();
    CHECK(p.last && p.last->packet_id != 0);
    CHECK(p.client.ack(p.now, *p.last) && !p.client.ack(p.now, *p.last));
    mqc_auth auth{};
    auth.reason_code = 0x19;
    CHECK(error_of([&] { p.client.auth(p.now, auth); }).status() == MQC_NOT_ALLOWED);
    p.client.quiesce(p.now);
    p.pump();
    CHECK(p.log.find("closed") != std::string::npos);
}

static void wills_and_refusals() {
    pair p;
    mqc_connect connect = mqc::connect_as("c1", false, 0);
    mqc::block expiry;
    expiry.add(MQC_PROPERTY_SESSION_EXPIRY_INTERVAL, 100u);
    connect.properties = expiry;
    connect.has_will = 1;
    connect.will_topic = mqc::bytes("gone");
    connect.will_payload = mqc::bytes("c1");
    p.client.connect(p.now, connect);
    p.server.persist_after(7);
    p.pump();
    CHECK(p.server.session_expiry() == 100);
    p.server.take_over(p.now);
    p.pump();
    CHECK(p.log.find("closed 3;") != std::string::npos);
    CHECK(p.server.will() && mqc::text(p.server.will()->topic) == "gone");

    mqc::server_session refusing(0);
    mqc_connack no{};
    no.reason_code = 0x87;
    mqc::client_session client;
    client.connect(0, mqc::connect_as("c2"));
    const std::string out(client.transmit_peek());
    CHECK(refusing.handle_input(0, out) == out.size());
    CHECK(refusing.poll_event()->is(MQC_EVENT_CONNECT));
    CHECK(!refusing.will());
    refusing.refuse(0, no);
    const std::string back(refusing.transmit_peek());
    CHECK(client.handle_input(0, back) == back.size());
    const auto event = client.poll_event();
    CHECK(event->closed().reason == MQC_CLOSE_REFUSED && event->closed().reason_code == 0x87);
}

static void state_goes_on() {
    mqc_client_config config = mqc::client_config();
    mqc::block expiry;
    expiry.add(MQC_PROPERTY_SESSION_EXPIRY_INTERVAL, 100u);
    pair p(config);
    p.client.connect(p.now, mqc::connect_as("c1", false, 60, expiry));
    p.pump();
    // The server never sees it.
    CHECK(p.client.publish(p.now, mqc::message("t", "once", 2), 77));
    auto state = std::move(p.client).into_state();
    auto kept = std::move(p.server).into_state();
    CHECK(state.info().open_messages == 1);
    CHECK(error_of([&] { (void)p.client.poll_event(); }).status() == MQC_SPENT);
    CHECK(error_of([&] { (void)p.client.publish(0, mqc::message("t", "")); }).status() ==
          MQC_SPENT);
    CHECK(error_of([&] { (void)std::move(p.client).into_state(); }).status() == MQC_SPENT);
    (void)p.client.refusal();
    config.struct_size = 1;
    CHECK(error_of([&] { (void)mqc::client_session::resume(std::move(state), config); }).status() ==
          MQC_INVALID_ARGUMENT);
    CHECK(state.info().open_messages == 1);

    pair q(mqc::client_session::resume(std::move(state)));
    CHECK(!state);
    CHECK(error_of([&] { (void)state.info(); }).status() == MQC_NULL_POINTER);
    q.connack.session_present = 1;
    q.state = std::move(kept);
    q.client.connect(q.now, mqc::connect_as("c1", false, 60, expiry));
    q.pump();
    CHECK(!q.state);
    CHECK(q.take_log() == "from c1;connected 1;s:t=once;published 77;");
    CHECK(error_of([&] { q.server.accept(q.now, q.connack, mqc::session_state()); })
              .status() == MQC_NULL_POINTER);
}

/// A store of keys and values, and the journal of what was done to it.
struct store {
    std::map<std::string, std::string> rows;
    mqc::buffer journal;
    std::uint64_t seq = 0, epoch = 0;

    store() {
        const std::string_view header = mqc::journal_header();
        journal.assign(header.begin(), header.end());
    }

    void apply(const mqc_persist_op &op) {
        CHECK(op.seq == seq + 1);
        seq = op.seq;
        epoch = op.epoch;
        mqc::journal_append(op, journal);
        const std::string key(mqc::text(op.key));
        if (op.kind == MQC_PERSIST_PUT) {
            rows[key] = std::string(mqc::text(op.value));
        } else if (op.kind == MQC_PERSIST_DELETE) {
            rows.erase(key);
        } else if (op.kind == MQC_PERSIST_CLEAR) {
            rows.clear();
        }
    }
};

static mqc_client_config durable() {
    mqc_client_config config = mqc::client_config();
    config.durability = MQC_DURABILITY_GATE;
    config.persist_epoch = 4;
    return config;
}

/// Pumps, with a store beside the client.
static void keep(pair &p, store &s) {
    for (int i = 0; i < 8; i++) {
        p.pump();
        while (const auto op = p.client.poll_persist()) {
            s.apply(*op);
        }
        p.client.persisted(p.now, s.seq);
    }
}

static void restore_after_a_crash() {
    store s;
    mqc::buffer page_bytes;
    mqc::block expiry;
    expiry.add(MQC_PROPERTY_SESSION_EXPIRY_INTERVAL, 100u);
    {
        pair p(durable());
        p.client.set_unix_time(p.now, 1700000000000);
        p.client.connect(p.now, mqc::connect_as("c1", false, 60, expiry));
        keep(p, s);
        CHECK(p.client.publish(p.now, mqc::message("t", "first", 1), 1));
        keep(p, s);
        CHECK(p.log.find("s:t=first;published 1;") != std::string::npos);
        // This one is safe, and nobody has sent it when the process ends.
        CHECK(p.client.publish(p.now, mqc::message("t", "second", 1), 2));
        while (const auto op = p.client.poll_persist()) {
            s.apply(*op);
        }
        CHECK(p.client.persist_seq() == s.seq);
        mqc::snapshot snapshot;
        mqc::restore pages;
        bool is_last = false;
        std::size_t count = 0;
        while (const auto page = p.client.snapshot_page(snapshot, 16)) {
            CHECK(!is_last);
            is_last = pages.page(*page);
            count++;
        }
        CHECK(is_last && count > 1 && snapshot.seq() == s.seq);
        CHECK(pages.finish()->info().open_messages == 1);
    }
    mqc::restore rows;
    for (const auto &[key, value] : s.rows) {
        rows.put(key, value);
    }
    rows.at(s.epoch, s.seq);
    auto state = rows.finish();
    CHECK(state && state->info().open_messages == 1 && s.epoch == 4);

    // The journal gives the same, and what is cut off at its end is said.
    mqc::restore again;
    std::size_t changes = 0;
    mqc::journal journal(mqc::text(s.journal));
    for (const mqc_persist_op &op : journal) {
        again.apply(op);
        changes++;
    }
    CHECK(changes == s.seq && journal.offset() == s.journal.size());
    CHECK(again.finish()->info().open_messages == 1);
    mqc::journal cut(mqc::text(s.journal).substr(0, s.journal.size() - 1));
    const auto fault = error_of<mqc::store_error>([&] {
        while (cut.next()) {
        }
    });
    CHECK(fault.status() == MQC_ERR_STORE_TRUNCATED && fault.fault().kind == fault.status());
    CHECK(cut.offset() < s.journal.size());
    CHECK(error_of<mqc::store_error>([] { mqc::journal it("not a journal"); }).status() ==
          MQC_ERR_STORE_NOT_OURS);
    CHECK(error_of<mqc::store_error>([&] { again.page("no page"); }).status() ==
          MQC_ERR_STORE_NOT_OURS);

    pair p(mqc::client_session::resume(std::move(*state), durable()));
    p.client.connect(p.now, mqc::connect_as("c1", false, 60, expiry));
    // The server has lost it; so the message is dropped, and that is told.
    keep(p, s);
    CHECK(p.take_log() == "from c1;connected 2;dropped 2;");
    p.client.fenced(p.now, 9);
    p.client_events();
    CHECK(p.take_log().find("fenced 9;") != std::string::npos);
    CHECK(!mqc::restore().finish());

    mqc::restore skipping;
    skipping.skip_unknown();
    skipping.put("\x7Funknown", "");
    (void)skipping.finish();
    mqc::restore strict;
    strict.put("\x7Funknown", "");
    CHECK(error_of<mqc::store_error>([&] { (void)strict.finish(); }).status() ==
          MQC_ERR_STORE_UNKNOWN_KEY);
}

/// What a server keeps of a client: subscriptions and the will.
static void stored_sessions_of_a_server() {
    mqc_server_config config = mqc::server_config();
    config.durability = MQC_DURABILITY_REPORT;
    pair p(mqc::client_session(), config);
    mqc::block expiry;
    expiry.add(MQC_PROPERTY_SESSION_EXPIRY_INTERVAL, 100u);
    mqc_connect connect = mqc::connect_as("c1", false, 60, expiry);
    connect.has_will = 1;
    connect.will_topic = mqc::bytes("gone");
    p.client.connect(p.now, connect);
    p.pump();
    for (int i = 0; i < 20; i++) {
        const std::string filter = "f/" + std::to_string(10 + i);
        CHECK(p.client.subscribe(p.now, mqc::subscription{filter, 1}));
        p.pump();
    }
    mqc::restore rows;
    std::uint64_t seq = 0;
    while (const auto op = p.server.poll_persist()) {
        rows.apply(*op);
        seq = op->seq;
    }
    p.server.persisted(p.now, seq);
    CHECK(p.server.persist_seq() == seq);
    mqc::session_state state = *rows.finish();
    std::string seen;
    for (const mqc::stored_subscription &it : state.subscriptions()) {
        CHECK(it.subscription.qos == 0 && it.identifier == 0);
        seen += std::string(it.subscription.filter) + ";";
    }
    CHECK(seen.substr(0, 10) == "f/10;f/11;" && seen.size() == 100);
    CHECK(mqc::text(state.will()->topic) == "gone");
    state.clear_will();
    CHECK(!state.will());
    const auto change = state.poll_persist();
    CHECK(change && change->seq == seq + 1);
    state.persisted(seq + 1);
    mqc::snapshot snapshot;
    mqc::restore pages;
    while (const auto page = state.snapshot_page(snapshot, 64)) {
        (void)pages.page(*page);
    }
    CHECK(pages.finish()->info().session_expiry == 100);
    state.end();
    CHECK(state.poll_persist()->kind == MQC_PERSIST_CLEAR && !state.poll_persist());
}

static void helpers_of_a_client() {
    mqc_backoff options = mqc::backoff();
    options.initial_ms = 100;
    options.jitter_percent = 0;
    mqc::reconnect again(options);
    CHECK(again.next_wait() == 100 && again.lost(1000, 0) == 1100 && again.next_wait() == 200);
    again.connected(2000);
    CHECK(again.lost(2000 + options.stable_after_ms, 0) == 2100 + options.stable_after_ms);

    mqc::retry retry(1, options);
    CHECK(retry.failed(0, MQC_FAILURE_NOT_TAKEN, MQC_WOULD_BLOCK, 0) == 100u);
    CHECK(!retry.failed(0, MQC_FAILURE_NOT_TAKEN, MQC_WOULD_BLOCK, 0));

    mqc::requests requests("answers/1", 2);
    mqc::buffer properties, more;
    CHECK(!requests.poll_timeout() && requests.begin(0, 500, 11, properties));
    CHECK(requests.begin(0, 600, 12, more) && requests.size() == 2);
    mqc::buffer none{1, 2};
    CHECK(!requests.begin(0, 600, 13, none) && none.size() == 2);
    CHECK(requests.poll_timeout() == 500u);
    const mqc::properties list(mqc::bytes(properties));
    CHECK(list.find(MQC_PROPERTY_RESPONSE_TOPIC)->value == "answers/1");
    mqc::block answer;
    answer.add(MQC_PROPERTY_CORRELATION_DATA, list.find(MQC_PROPERTY_CORRELATION_DATA)->value);
    const mqc_publish response = mqc::message("answers/1", "yes", 0, false, answer);
    CHECK(requests.take(response) == 11u && !requests.take(response));
    CHECK(!requests.expire(599) && requests.expire(600) == 12u && requests.size() == 0);
    CHECK(error_of([] { mqc::requests("a/#", 1); }).status() == MQC_ERR_TOPIC_WILDCARD);

    check_moves(mqc::requests("a", 1), mqc::requests("b", 1), [](auto &it) { (void)it.size(); });
}

static void moves() {
    const auto events = [](auto &it) { (void)it.poll_event(); };
    check_moves(mqc::client_session(), mqc::client_session(), events);
    check_moves(mqc::server_session(0), mqc::server_session(0), events);
    mqc::client_session first, second;
    check_moves(std::move(first).into_state(), std::move(second).into_state(),
                [](auto &it) { (void)it.info(); });
    check_moves(mqc::payload("a"), mqc::payload("b"), [](auto &it) { (void)it.text(); });
    check_moves(mqc::snapshot(), mqc::snapshot(), [](auto &it) { (void)it.seq(); });
    check_moves(mqc::restore(), mqc::restore(), [](auto &it) { it.at(1, 1); });
    check_moves(mqc::reconnect(), mqc::reconnect(), [](auto &it) { (void)it.next_wait(); });
    check_moves(mqc::retry(1), mqc::retry(1), [](auto &it) {
        (void)it.failed(0, MQC_FAILURE_NOT_TAKEN, MQC_WOULD_BLOCK, 0);
    });
    const std::string_view empty = mqc::journal_header();
    check_moves(mqc::journal(empty), mqc::journal(empty), [](auto &it) { (void)it.offset(); });
    mqc::client_session gone;
    mqc::client_session taken = std::move(gone);
    CHECK(error_of([&] { (void)gone.publish(0, mqc::message("t", ""), mqc::payload("x")); })
              .status() == MQC_NULL_POINTER);
    mqc::payload lost("x");
    const mqc::payload kept = std::move(lost);
    CHECK(error_of([&] { (void)taken.publish(0, mqc::message("t", ""), lost); }).status() ==
          MQC_NULL_POINTER);
}

int main() {
    mqc::check_abi();
    messages_both_ways();
    no_room_is_no_error();
    faults_of_events_and_peers();
    acknowledgements_by_hand();
    wills_and_refusals();
    state_goes_on();
    restore_after_a_crash();
    stored_sessions_of_a_server();
    helpers_of_a_client();
    moves();
    return 0;
}
