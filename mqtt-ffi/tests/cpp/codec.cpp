/* The header for C++: packets there and back, blocks, streams, errors, handles. */
#include "mqtt_core.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <type_traits>

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            std::fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                   \
            std::exit(EXIT_FAILURE);                                                               \
        }                                                                                          \
    } while (0)

using namespace std::string_view_literals;

template <typename Body> static mqc::error error_of(Body body) {
    try {
        body();
    } catch (const mqc::error &error) {
        return error;
    }
    CHECK(false && "an error is thrown");
    std::abort();
}

static void publish_there_and_back() {
    mqc::block properties;
    properties.add(MQC_PROPERTY_MESSAGE_EXPIRY_INTERVAL, 60u)
        .add(MQC_PROPERTY_CONTENT_TYPE, "text/plain")
        .add_user("k", "v1")
        .add_user("k", "v2");
    mqc_publish publish{};
    publish.qos = MQC_QOS_AT_LEAST_ONCE;
    publish.packet_id = 10;
    publish.topic = mqc::bytes("a/b");
    publish.payload = mqc::bytes("x\0y"sv);
    publish.properties = properties;
    const mqc::buffer wire = mqc::encode(publish, MQC_VERSION_V5);
    CHECK(wire.size() == mqc::encoded_len(publish, MQC_VERSION_V5));

    const auto found = mqc::decode(wire, MQC_VERSION_V5);
    CHECK(found && found->size == wire.size());
    CHECK(found->packet.is(MQC_PACKET_PUBLISH) && found->packet.type_name() == "PUBLISH");
    const mqc_publish &again = found->packet.publish();
    CHECK(mqc::text(again.topic) == "a/b" && mqc::text(again.payload) == "x\0y"sv);
    CHECK(again.payload.data >= wire.data() && again.payload.data < wire.data() + wire.size());
    const mqc::properties list(again.properties);
    std::string seen;
    for (const mqc::property &it : list) {
        seen += std::string(mqc::property_name(it.id)) + "=" + std::to_string(it.number) +
                std::string(it.name) + std::string(it.value) + ";";
    }
    CHECK(seen == "message_expiry_interval=60;content_type=0text/plain;user_property=0kv1;"
                  "user_property=0kv2;");
    CHECK(list.find(MQC_PROPERTY_CONTENT_TYPE)->value == "text/plain");
    CHECK(!list.find(MQC_PROPERTY_TOPIC_ALIAS));
    CHECK(mqc::properties(mqc::bytes("")).begin() == mqc::properties(mqc::bytes("")).end());

    mqc::buffer head = mqc::encode_publish_head(publish, MQC_VERSION_V5);
    CHECK(head.size() == wire.size() - 3 && std::memcmp(head.data(), wire.data(), head.size()) == 0);
    CHECK(mqc::inspect(mqc::text(wire), MQC_VERSION_V5).find("PUBLISH") != std::string::npos);
    CHECK(*mqc::frame_len(mqc::text(wire).substr(0, 5), MQC_VERSION_V5) == wire.size());
    CHECK(!mqc::frame_len("\x30", MQC_VERSION_V5));
}

static void blocks_of_filters() {
    const mqc_version v5 = MQC_VERSION_V5;
    mqc::subscription second;
    second.filter = "$share/g/b/#";
    second.qos = MQC_QOS_EXACTLY_ONCE;
    second.retain_as_published = true;
    mqc::block block;
    block.add(mqc::subscription{"a/+"}, v5).add(second, v5);
    mqc_subscribe subscribe{};
    subscribe.packet_id = 1;
    subscribe.subscriptions = block;
    const mqc::buffer wire = mqc::encode(subscribe, v5);
    const auto found = mqc::decode(wire, v5);
    std::string seen;
    for (const auto &it : mqc::subscriptions(found->packet.subscribe().subscriptions)) {
        seen += std::string(it.filter) + ":" + std::to_string(it.qos) +
                (it.retain_as_published ? "r " : " ");
    }
    CHECK(seen == "a/+:0 $share/g/b/#:2r ");

    mqc::block gone;
    gone.add_filter("a/+", v5).add_filter("b", v5);
    mqc_unsubscribe unsubscribe{};
    unsubscribe.packet_id = 2;
    unsubscribe.filters = gone;
    const mqc::buffer bytes = mqc::encode(unsubscribe, v5);
    const auto again = mqc::decode(bytes, v5);
    const mqc::filters filters(again->packet.unsubscribe().filters);
    CHECK(std::distance(filters.begin(), filters.end()) == 2);
    CHECK(*filters.begin() == "a/+" && *std::next(filters.begin()) == "b");

    // What is not legal leaves the block as it was.
    const std::size_t before = gone.wire().len;
    CHECK(error_of([&] { gone.add_filter("a/#/b", v5); }).status() == MQC_ERR_FILTER_MULTI_LEVEL);
    CHECK(gone.wire().len == before);
}

static void faults_are_exceptions() {
    const auto malformed = error_of([] { mqc::decode("\x36\x00"sv, MQC_VERSION_V5); });
    CHECK(malformed.status() == MQC_ERR_PUBLISH_QOS);
    CHECK(malformed.detail() && malformed.detail()->response == MQC_RESPONSE_DISCONNECT);
    CHECK(std::string(malformed.what()).find("MQC_ERR_PUBLISH_QOS at byte 0 (MQTT-3.3.1-4") == 0);
    const auto usage = error_of([] { mqc::decode("\xC0\x00"sv, 77); });
    CHECK(usage.status() == MQC_INVALID_ARGUMENT && !usage.detail());
    CHECK(error_of([] { mqc::packet::ping().publish(); }).status() == MQC_INVALID_ARGUMENT);
    CHECK(error_of([] { mqc::encode(mqc::packet(), MQC_VERSION_V5); }).status() ==
          MQC_INVALID_ARGUMENT);
    std::size_t needed = 0;
    CHECK(!mqc::decode("\x30"sv, MQC_VERSION_V5, nullptr, &needed) && needed == 1);
    mqc_decode_options options = mqc::decode_options();
    options.max_packet_size = 1;
    CHECK(error_of([&] { mqc::decode("\xC0\x00"sv, MQC_VERSION_V5, &options); }).status() ==
          MQC_ERR_PACKET_TOO_LARGE);
    CHECK(mqc::reason_code_name(0x87, MQC_PACKET_CONNACK, MQC_VERSION_V5) == "not_authorized");
}

static void acks_and_pings() {
    mqc_ack ack{};
    ack.packet_id = 7;
    const mqc::buffer wire =
        mqc::encode(mqc::packet::ack(MQC_PACKET_PUBREL, ack), MQC_VERSION_V311);
    CHECK(mqc::text(wire) == "\x62\x02\x00\x07"sv);
    CHECK(mqc::decode(wire, MQC_VERSION_V311)->packet.ack().packet_id == 7);
    CHECK(mqc::text(mqc::encode(mqc::packet::ping(), MQC_VERSION_V5)) == "\xC0\x00"sv);
    const std::uint8_t codes[] = {1};
    mqc_filter_ack suback{};
    suback.packet_id = 9;
    suback.reason_codes = {codes, 1};
    mqc::buffer both = wire;
    mqc::encode_append(mqc::packet::filter_ack(MQC_PACKET_SUBACK, suback), MQC_VERSION_V5, both);
    CHECK(mqc::text(both).substr(4) == "\x90\x04\x00\x09\x00\x01"sv);
}

/* What a peer has no room for is left out. */
static void fits_a_peer() {
    mqc::block properties;
    properties.add(MQC_PROPERTY_REASON_STRING, "quota exceeded").add_user("k", "v");
    mqc_ack ack{};
    ack.packet_id = 7;
    ack.reason_code = 0x97;
    ack.properties = properties;
    const mqc::packet from = mqc::packet::ack(MQC_PACKET_PUBACK, ack);
    const mqc::buffer whole = mqc::encode(from, MQC_VERSION_V5);
    const auto size = std::uint32_t(whole.size());
    mqc::buffer out(whole.size());
    std::size_t len = mqc::encode_fit(from, MQC_VERSION_V5, size, out.data(), out.size());
    CHECK(len == size && out == whole);

    // First the reason in words, then the rest.
    for (const std::uint32_t most : {size - 1, 5u}) {
        len = mqc::encode_fit(from, MQC_VERSION_V5, most, out.data(), out.size());
        const auto found = mqc::decode(mqc::text(out).substr(0, len), MQC_VERSION_V5);
        CHECK(len <= most && found && found->size == len);
        CHECK(found->packet.ack().packet_id == 7 && found->packet.ack().reason_code == 0x97);
        const mqc::properties left(found->packet.ack().properties);
        CHECK(!left.find(MQC_PROPERTY_REASON_STRING));
        CHECK(left.find(MQC_PROPERTY_USER_PROPERTY).has_value() == (most > 5));
    }

    // Identifier and code are never left out; a buffer that is too small is another fault.
    CHECK(error_of([&] { mqc::encode_fit(from, MQC_VERSION_V5, 3, out.data(), out.size()); })
              .status() == MQC_ERR_ENCODE_TOO_LARGE);
    CHECK(error_of([&] { mqc::encode_fit(from, MQC_VERSION_V5, size, out.data(), 1); }).status() ==
          MQC_BUFFER_TOO_SMALL);
}

static void statements_of_a_status() {
    const mqc_status zero = MQC_ERR_PACKET_ID_ZERO;
    const auto statement = [](mqc_status status, mqc_packet_type type, mqc_sender sender) {
        return mqc::status_statement(status, type, sender, MQC_VERSION_V5);
    };
    CHECK(statement(zero, MQC_PACKET_PUBLISH, MQC_SENDER_CLIENT) == "MQTT-2.2.1-3");
    CHECK(statement(zero, MQC_PACKET_PUBLISH, MQC_SENDER_SERVER) == "MQTT-2.2.1-4");
    CHECK(statement(zero, MQC_PACKET_PUBLISH, MQC_SENDER_UNKNOWN) == "section 2.2.1");
    CHECK(statement(zero, MQC_PACKET_CONNECT, MQC_SENDER_UNKNOWN).empty());
    CHECK(statement(MQC_OK, MQC_PACKET_PUBLISH, MQC_SENDER_CLIENT).empty());
    CHECK(mqc::status_statement(zero, MQC_PACKET_SUBSCRIBE, MQC_SENDER_CLIENT, MQC_VERSION_V311) ==
          "MQTT-2.3.1-1");
}

/* Where a stream stands, as others may ask who do not change it. */
static void where_a_stream_stands() {
    mqc::stream stream(16, MQC_VERSION_V5);
    const mqc::stream &seen = stream;
    CHECK(seen.is_idle() && seen.needed() == 2);
    std::string_view chunk = "\x30\x24\x00"sv;
    CHECK(!stream.next(chunk));
    CHECK(!seen.is_idle() && seen.needed() == 35);
    stream.clear();
    CHECK(seen.is_idle() && seen.needed() == 2);
    stream.set_version(MQC_VERSION_V5);
    chunk = "\xC0\x00"sv;
    CHECK(stream.next(chunk) && seen.is_idle());
    chunk = "\x36"sv;
    CHECK(error_of([&] { stream.next(chunk); }).status() == MQC_ERR_PUBLISH_QOS);
    CHECK(!seen.is_idle() && seen.needed() == 2);
}

/* A PINGREQ, and a PUBLISH that is larger than the buffer, byte by byte. */
static void chunks() {
    mqc::stream first(16, MQC_VERSION_V5);
    mqc::stream stream = std::move(first);
    std::string wire("\xC0\x00\x30\x24\x00\x01t\x00", 8);
    wire.append(32, 'p');
    std::string seen, payload;
    for (const char &byte : wire) {
        std::string_view chunk(&byte, 1);
        while (const auto item = stream.next(chunk)) {
            seen += std::to_string(item->kind);
            if (item->kind == MQC_STREAM_PAYLOAD) {
                payload += mqc::text(item->payload);
            }
        }
        CHECK(chunk.empty());
    }
    CHECK(payload == std::string(32, 'p'));
    CHECK(seen == "12" + std::string(32, '3'));
    std::string_view bad = "\x36"sv;
    CHECK(error_of([&] { stream.next(bad); }).detail().has_value());
    stream.clear();
    stream.set_version(MQC_VERSION_V311);
    stream.set_max_packet_size(2);
    bad = "\xC0\x00"sv;
    CHECK(stream.next(bad)->packet.packet_type == MQC_PACKET_PINGREQ);
}

struct thing {};
static int freed;
static void free_thing(thing *it) {
    freed++;
    delete it;
}

static mqc_status make_thing(int number, thing **out) {
    if (number == 0) {
        return MQC_INVALID_ARGUMENT;
    }
    *out = new thing;
    return MQC_OK;
}

static void handles_own() {
    using handle = mqc::handle<thing, free_thing>;
    static_assert(!std::is_copy_constructible_v<handle> && !std::is_copy_assignable_v<handle>);
    static_assert(std::is_nothrow_move_constructible_v<handle>);
    static_assert(sizeof(handle) == sizeof(thing *));
    {
        handle a(new thing), b;
        CHECK(a && !b);
        b = std::move(a);
        CHECK(b.get() != nullptr && !a && freed == 0);
        *a.out() = new thing;
        CHECK(a);
        a = handle(new thing);
        CHECK(freed == 1);
        handle &same = b;
        b = std::move(same);
        CHECK(b && freed == 1);
        std::unique_ptr<thing> mine(b.release());
        CHECK(!b && mine);
    }
    CHECK(freed == 2);
    CHECK(handle::make(make_thing, 1));
    CHECK(freed == 3);
    CHECK(error_of([] { handle::make(make_thing, 0); }).status() == MQC_INVALID_ARGUMENT);
    CHECK(freed == 3);
}

int main() {
    mqc::check_abi();
    publish_there_and_back();
    blocks_of_filters();
    faults_are_exceptions();
    acks_and_pings();
    fits_a_peer();
    statements_of_a_status();
    chunks();
    where_a_stream_stands();
    handles_own();
    return EXIT_SUCCESS;
}
