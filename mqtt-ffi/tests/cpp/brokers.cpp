/* The header for C++: a broker with clients in memory, its rules, and its store. */
#include "check.hpp"

/// A client on a connection of a broker.
struct link {
    mqc::client_session session;
    mqc_conn conn;
    std::string log;

    link(mqc::broker &broker, std::uint64_t now, const mqc_connect &connect,
         mqc::client_session with = mqc::client_session())
        : session(std::move(with)), conn(*broker.open(now)) {
        session.connect(now, connect);
    }

    bool events() {
        bool any = false;
        while (const auto event = session.poll_event()) {
            any = true;
            if (event->is(MQC_EVENT_CONNECTED)) {
                log += "connected;";
            } else if (event->is(MQC_EVENT_MESSAGE)) {
                const mqc_publish &it = event->message().publish;
                log += std::string(mqc::text(it.topic)) + "=" +
                       std::string(mqc::text(it.payload)) + ";";
            } else if (event->is(MQC_EVENT_SUBSCRIBED)) {
                log += "subscribed " +
                       std::to_string(int(event->subscribed().reason_codes.data[0])) + ";";
            } else if (event->is(MQC_EVENT_PUBLISHED)) {
                log += "published " + std::to_string(int(event->published().reason_code)) + ";";
            } else if (event->is(MQC_EVENT_CLOSED)) {
                log += "closed " + std::to_string(int(event->closed().reason_code)) + ";";
            }
        }
        return any;
    }

    bool carry(mqc::broker &broker, std::uint64_t now) {
        bool any = false;
        const std::string_view out = session.transmit_peek();
        if (!out.empty() && broker.wants_input(conn) > 0) {
            const std::size_t taken = broker.handle_input(conn, now, out);
            session.transmit_advance(taken);
            any = taken > 0;
        }
        mqc_bytes pieces[4];
        const std::size_t count = broker.transmit_peek_vectored(conn, pieces, 4);
        const std::string_view in = broker.transmit_peek(conn);
        CHECK((count == 0) == in.empty());
        if (!in.empty()) {
            const std::size_t taken = session.handle_input(now, in);
            broker.transmit_advance(conn, taken);
            any = any || taken > 0;
        }
        return any;
    }
};

template <typename... Links>
static void pump(mqc::broker &broker, std::uint64_t now, Links &...links) {
    for (bool any = true; any;) {
        any = false;
        ((any = links.events() || any), ...);
        ((any = links.carry(broker, now) || any), ...);
    }
}

static mqc_connect lasting(std::string_view id, const mqc::block &expiry) {
    return mqc::connect_as(id, false, 60, expiry);
}

static void two_clients() {
    mqc::broker broker(0);
    CHECK(broker.poll_timeout());
    link anna(broker, 0, mqc::connect_as("anna"));
    link bob(broker, 0, mqc::connect_as("bob"));
    CHECK(broker.poll_writable() == std::nullopt);
    pump(broker, 0, anna, bob);
    CHECK(anna.log == "connected;" && bob.log == "connected;");
    CHECK(broker.client_id(anna.conn) == "anna" && broker.client_id(1000).empty());
    const auto event = broker.poll_event();
    CHECK(event && event->is(MQC_BROKER_EVENT_CONNECTED) && event->conn() == anna.conn);
    CHECK(mqc::text(event->connected().client_id) == "anna");
    CHECK(error_of([&] { (void)event->closed(); }).status() == MQC_INVALID_ARGUMENT);
    CHECK(broker.poll_event() && !broker.poll_event());

    CHECK(anna.session.subscribe(0, mqc::subscription{"room/+", 1}));
    pump(broker, 0, anna, bob);
    CHECK(bob.session.publish(0, mqc::message("room/1", "hello", 1, true)));
    pump(broker, 0, anna, bob);
    CHECK(anna.log == "connected;subscribed 1;room/1=hello;");
    CHECK(bob.log == "connected;published 0;");

    // The broker's own user.
    const std::uint64_t id = broker.subscribe(mqc::subscription{"room/#"}, 5);
    CHECK(broker.publish(0, mqc::message("room/2", "from within")) == 2);
    const auto own = broker.poll_event();
    CHECK(own->is(MQC_BROKER_EVENT_MESSAGE) && own->message().token == 5);
    CHECK(mqc::text(own->message().publish.payload) == "from within");
    bool is_for_anna = false;
    while (const auto conn = broker.poll_writable()) {
        is_for_anna = is_for_anna || *conn == anna.conn;
    }
    CHECK(is_for_anna);
    pump(broker, 0, anna, bob);
    CHECK(anna.log.find("room/2=from within;") != std::string::npos);
    CHECK(broker.unsubscribe(id) && !broker.unsubscribe(id));
    std::size_t count = 0;
    auto kept = broker.retained("room/#");
    for (const mqc_publish &it : kept) {
        CHECK(mqc::text(it.topic) == "room/1" && it.retain == 1);
        count++;
    }
    CHECK(count == 1);
    check_moves(broker.retained("#"), broker.retained("#"), [](auto &it) { (void)it.next(); });
    CHECK(broker.stats().connected == 2 && broker.heap_bytes() > 0);

    CHECK(broker.drop_session("bob", 0) && !broker.drop_session("bob", 0));
    mqc_disconnect busy{};
    busy.reason_code = 0x89;
    CHECK(broker.disconnect(anna.conn, 0, busy));
    pump(broker, 0, anna, bob);
    CHECK(anna.log.find("closed 137;") != std::string::npos);
    broker.handle_eof(anna.conn, 0);
    CHECK(!broker.disconnect(anna.conn, 0));
    broker.handle_timeout(1);
    mqc_disconnect end{};
    end.reason_code = 0x8B;
    broker.shut_down(1, end);
    CHECK(!broker.open(1));
    check_moves(mqc::broker(0), mqc::broker(0), [](auto &it) { (void)it.open(0); });
}

static void who_may() {
    const mqc::acl rules("allow publish user anna mine/#\nallow subscribe all\n");
    CHECK(rules.allows_publish("c", "anna", "mine/1"));
    CHECK(!rules.allows_publish("c", "bob", "mine/1"));
    CHECK(!rules.allows_publish("c", std::nullopt, "mine/1"));
    CHECK(!rules.allows_subscribe("c", "anna", "#"));
    const auto fault = error_of<mqc::acl_error>([] { mqc::acl it("deny all #\nallow what\n"); });
    CHECK(fault.status() == MQC_ERR_ACL && fault.fault().line == 2);
    CHECK(std::string_view(fault.what()).substr(0, 7) == "line 2,");
    check_moves(mqc::acl("deny all #"), mqc::acl("deny all #"),
                [](auto &it) { (void)it.allows_publish("c", "u", "t"); });

    mqc_broker_config config = mqc::broker_config();
    config.authentication = MQC_AUTHENTICATION_ASK;
    config.authorization = MQC_AUTHORIZATION_ASK;
    config.max_connections = 2;
    mqc::broker broker(0, config);
    link anna(broker, 0, mqc::connect_as("anna"));
    link bob(broker, 0, mqc::connect_as("bob"));
    CHECK(!broker.open(0));
    pump(broker, 0, anna, bob);
    mqc_connack no{};
    no.reason_code = 0x87;
    int asked = 0;
    while (const auto event = broker.poll_event()) {
        CHECK(event->raw().conn == event->conn());
        if (!event->is(MQC_BROKER_EVENT_AUTHENTICATE)) {
            CHECK(event->is(MQC_BROKER_EVENT_CONNECTED) || event->is(MQC_BROKER_EVENT_CLOSED));
            continue;
        }
        asked++;
        if (mqc::text(event->authenticate().client_id) == "anna") {
            CHECK(broker.accept(event->conn(), 0));
        } else {
            CHECK(broker.refuse(event->conn(), 0, no));
        }
    }
    pump(broker, 0, anna, bob);
    CHECK(asked == 2 && anna.log == "connected;" && bob.log == "closed 135;");
    CHECK(error_of([&] { (void)broker.challenge(anna.conn, 0, {}); }).status() == MQC_NOT_ASKED);
    broker.handle_eof(bob.conn, 0);
    CHECK(!broker.accept(bob.conn, 0) && !broker.authorize(bob.conn, 0));
    CHECK(!broker.challenge(bob.conn, 0, {}) && !broker.refuse(bob.conn, 0, no));

    CHECK(anna.session.publish(0, mqc::message("x", "1", 1)));
    pump(broker, 0, anna);
    bool was_asked = false;
    while (const auto event = broker.poll_event()) {
        if (event->is(MQC_BROKER_EVENT_AUTHORIZE)) {
            CHECK(mqc::text(event->authorize().publish.topic) == "x");
            was_asked = broker.authorize(event->conn(), 0, 0x87);
        }
    }
    pump(broker, 0, anna);
    CHECK(was_asked && anna.log == "connected;published 135;");
    broker.set_authorization(mqc::acl("allow all y"));
    CHECK(anna.session.publish(0, mqc::message("y", "1", 1)));
    pump(broker, 0, anna);
    broker.set_authorization(MQC_AUTHORIZATION_ALLOW_ALL);
    CHECK(anna.session.publish(0, mqc::message("z", "1", 1)));
    pump(broker, 0, anna);
    CHECK(anna.log.find("published 16;published 16;") != std::string::npos);
}

static void restore_after_a_crash() {
    mqc_server_config server = mqc::server_config();
    server.durability = MQC_DURABILITY_GATE;
    mqc_broker_config config = mqc::broker_config();
    config.server = &server;
    config.sys_interval_ms = 0;
    mqc::restore rows;
    mqc::block expiry;
    expiry.add(MQC_PROPERTY_SESSION_EXPIRY_INTERVAL, 1000u);
    // The process of this client does not end.
    mqc::session_state of_anna;
    const auto keep = [&](mqc::broker &broker, auto &...links) {
        for (int i = 0; i < 8; i++) {
            pump(broker, 0, links...);
            std::uint64_t seq = 0;
            while (const auto op = broker.poll_persist()) {
                rows.apply(*op);
                seq = op->seq;
            }
            broker.persisted(0, seq);
        }
    };
    {
        mqc::broker broker(0, config);
        broker.set_unix_time(0, 1700000000000);
        link anna(broker, 0, lasting("anna", expiry));
        link bob(broker, 0, mqc::connect_as("bob"));
        keep(broker, anna, bob);
        CHECK(anna.session.subscribe(0, mqc::subscription{"room", 1}));
        keep(broker, anna, bob);
        broker.handle_eof(anna.conn, 0);
        of_anna = std::move(anna.session).into_state();
        CHECK(bob.session.publish(0, mqc::message("room", "while away", 1)));
        CHECK(bob.session.publish(0, mqc::message("kept", "for all", 1, true)));
        keep(broker, bob);
        CHECK(bob.log == "connected;published 0;published 16;");
    }
    mqc::broker broker = mqc::broker::resume(rows, 0, 1700000001000, config);
    auto kept = broker.retained("#");
    const auto message = kept.next();
    CHECK(message && mqc::text(message->payload) == "for all" && !kept.next());
    link anna(broker, 0, lasting("anna", expiry),
              mqc::client_session::resume(std::move(of_anna)));
    keep(broker, anna);
    CHECK(anna.log == "connected;room=while away;");
    broker.fenced(0, 3);
    bool is_fenced = false;
    while (const auto event = broker.poll_event()) {
        is_fenced = is_fenced || (event->is(MQC_BROKER_EVENT_FENCED) && event->fenced().epoch == 3);
    }
    CHECK(is_fenced);
    mqc::restore other;
    other.put("\x7Funknown", "");
    CHECK(error_of<mqc::store_error>([&] { (void)mqc::broker::resume(other, 0, 0, config); })
              .status() == MQC_ERR_STORE_UNKNOWN_KEY);
}

int main() {
    two_clients();
    who_may();
    restore_after_a_crash();
    return 0;
}
