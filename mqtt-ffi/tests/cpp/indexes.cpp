/* The header for C++: topics, tries, retained messages, routes. */
#include "check.hpp"

#include <algorithm>

static mqc_granted granted(mqc_qos qos, std::uint32_t id = 0) {
    mqc_granted it{};
    it.qos = qos;
    it.subscription_id = id;
    return it;
}

static void topics() {
    CHECK(mqc::check_topic("a/b/c").level_count == 3);
    const mqc_filter_info info = mqc::check_filter("$share/g/a/+");
    CHECK(mqc::text(info.share_name) == "g" && mqc::text(info.filter) == "a/+");
    CHECK(info.has_wildcards == 1 && info.is_shared == 1);
    const auto fault = error_of<mqc::topic_error>([] { mqc::check_filter("a/b#"); });
    CHECK(fault.status() == MQC_ERR_FILTER_MULTI_LEVEL && fault.fault().offset == 3);
    CHECK(std::string_view(fault.what()) == "MQC_ERR_FILTER_MULTI_LEVEL at byte 3");
    CHECK(!fault.detail());
    CHECK(mqc::filter_matches("a/+", "a/b") && !mqc::filter_matches("a/+", "a/b/c"));
    CHECK(mqc::filter_covers("a/#", "a/+") && !mqc::filter_covers("a/+", "a/#"));
    CHECK(mqc::filter_overlaps("+/b", "a/+") && !mqc::filter_overlaps("a/b", "a/c"));
    std::string seen;
    for (const std::string_view level : mqc::levels("a//c")) {
        seen += "<" + std::string(level) + ">";
    }
    CHECK(seen == "<a><><c>");
    mqc::levels both("x/y");
    CHECK(both.next_back() == "y" && both.next() == "x" && !both.next() && !both.next_back());
}

static void mappings() {
    CHECK(mqc::topic_to_routing_key("a/b") == "a.b" && mqc::routing_key_to_topic("a.b") == "a/b");
    const std::string longest(255, 'x');
    CHECK(mqc::topic_to_routing_key(longest) == longest);
    CHECK(error_of<mqc::topic_error>([] { (void)mqc::topic_to_routing_key("a.b"); }).status() ==
          MQC_ERR_MAP_SEPARATOR);
    CHECK(mqc::filter_to_binding_key("a/+/#") == "a.*.#");
    CHECK(mqc::binding_key_to_filter("a.*.#") == "a/+/#");
    CHECK(mqc::topic_to_kafka_topic("a/b") == "a.b" && mqc::kafka_topic_to_topic("a.b") == "a/b");
    const mqc::exchange_key topic = mqc::topic_to_exchange("orders/eu/new");
    CHECK(topic.exchange == "orders" && topic.key == "eu.new");
    CHECK(mqc::exchange_to_topic(topic.exchange, topic.key) == "orders/eu/new");
    const mqc::exchange_key filter = mqc::filter_to_exchange("orders/+/#");
    CHECK(filter.exchange == "orders" && filter.key == "*.#");
    CHECK(mqc::exchange_to_filter(filter.exchange, filter.key) == "orders/+/#");
    CHECK(error_of<mqc::topic_error>([] { (void)mqc::filter_to_exchange("+/a"); }).status() ==
          MQC_ERR_MAP_EXCHANGE);
}

/// A payload that is not in memory.
static void stream_heads() {
    const mqc_publish publish = mqc::message("t", "not looked at");
    const mqc::buffer head = mqc::encode_stream_head(publish, 1000000, MQC_VERSION_V311);
    CHECK(mqc::frame_len(mqc::text(head), MQC_VERSION_V311) == head.size() + 1000000);
}

static void tries() {
    mqc::trie trie;
    CHECK(trie.empty());
    CHECK(!trie.insert("a/+", 1, granted(1, 7)));
    CHECK(trie.insert("a/+", 1, granted(2, 7))->qos == 1);
    trie.insert("#", 1, granted(0, 8));
    trie.insert("$share/g/a/b", 2);
    trie.insert("$share/g/a/b", 3, granted(1));
    trie.insert("other", 4);
    CHECK(trie.size() == 5 && trie.heap_bytes() > 0);
    CHECK(trie.find("a/+", 1)->qos == 2 && !trie.find("a/+", 2));

    mqc::trie_matches matches;
    mqc::overlaps merged;
    merged.start();
    auto found = trie.match("a/b", matches);
    CHECK(found.size() == 3 && !found.empty());
    std::size_t groups = 0, subscribers = 0;
    for (const mqc::trie_found &it : found) {
        if (it.kind == MQC_FOUND_GROUP) {
            groups++;
            CHECK(it.share_name == "g" && it.member_count == 2);
            CHECK(trie.find("$share/g/a/b", matches.pick(trie, it.group)->key));
            CHECK(matches.pick(trie, it.group, MQC_SHARE_NUMBER, 1)->key == 3);
            const std::uint64_t away[] = {2, 3};
            CHECK(!matches.pick(trie, it.group, MQC_SHARE_ROUND_ROBIN, 0, away));
            CHECK(matches.members(trie, it.group).size() == 2);
            CHECK(matches.members(trie, it.group)[1].key == 3);
        } else {
            subscribers++;
            merged.add(it.key, it.granted);
        }
    }
    CHECK(groups == 1 && subscribers == 2);
    const auto deliveries = merged.deliveries();
    CHECK(deliveries.size() == 1);
    for (const mqc::delivery &it : deliveries) {
        CHECK(it.key == 1 && it.qos == 2 && it.subscription_ids.size() == 2);
        CHECK(it.subscription_ids[0] + it.subscription_ids[1] == 15);
    }
    merged.start(1);
    CHECK(merged.deliveries().empty());

    CHECK(trie.match("nothing/here", matches).size() == 1);
    CHECK(matches.next(trie, 10).size() == 1 && matches.next(trie, 10).empty());
    CHECK(trie.group("$share/g/a/b", matches)->member_count == 2);
    CHECK(!trie.group("$share/h/a/b", matches));

    std::string seen;
    for (const mqc::trie_entry &it : trie.walk("a")) {
        seen += std::string(it.filter) + ":" + std::string(it.share_name) + ":" +
                std::to_string(it.key) + ";";
    }
    CHECK(seen.find("a/+::1;") != std::string::npos);
    CHECK(seen.find("$share/g/a/b:g:3;") != std::string::npos);
    CHECK(std::count(seen.begin(), seen.end(), ';') == 3);
    auto walk = trie.walk();
    CHECK(walk.next());
    const mqc::trie copy = trie.clone();
    CHECK(trie.remove("other", 4) && !trie.remove("other", 4) && trie.remove_key(1) == 2);
    CHECK(error_of([&] { (void)walk.next(); }).status() == MQC_ERR_INDEX_CHANGED);
    CHECK(trie.size() == 2 && copy.size() == 5);

    // More than a page.
    for (std::uint64_t key = 100; key < 300; key++) {
        trie.insert("many", key);
    }
    std::size_t count = 0;
    for (const auto &it : trie.match("many", matches)) {
        CHECK(it.key >= 100);
        count++;
    }
    CHECK(count == 200);
    trie.clear();
    trie.shrink();
    CHECK(trie.empty() && trie.match("many", matches).empty());
    auto none = trie.match("many", matches);
    CHECK(none.begin() == none.end());

    mqc_index_limits limits = mqc::index_limits();
    limits.max_entries = 1;
    trie.set_limits(limits);
    trie.insert("x", 1);
    CHECK(error_of([&] { trie.insert("y", 1); }).status() == MQC_ERR_INDEX_ENTRIES);
    mqc::trie small(limits);
    small.insert("x", 1);
    CHECK(error_of([&] { small.insert("y", 1); }).status() == MQC_ERR_INDEX_ENTRIES);
    CHECK(error_of([&] { trie.insert("a#", 1); }).status() == MQC_ERR_FILTER_MULTI_LEVEL);

    check_moves(mqc::trie(), mqc::trie(), [](mqc::trie &it) { it.insert("a", 1); });
    check_moves(mqc::overlaps(), mqc::overlaps(), [](mqc::overlaps &it) { it.start(); });
    check_moves(mqc::trie_matches(), mqc::trie_matches(),
                [&](mqc::trie_matches &it) { (void)trie.match("x", it); });
    check_moves(trie.walk(), trie.walk(), [](mqc::trie_walk &it) { (void)it.next(); });
}

static void retained() {
    mqc::retained_index index;
    CHECK(!index.insert("a/b", 1) && index.insert("a/b", 2) == 1u);
    index.insert("a/c", 3);
    index.insert("$SYS/x", 4);
    CHECK(index.size() == 3 && index.heap_bytes() > 0 && !index.empty());
    CHECK(index.find("a/b") == 2u && !index.find("a"));
    mqc::retained_cursor cursor;
    std::uint64_t sum = 0;
    for (const mqc::retained_entry &it : index.lookup("a/+", cursor)) {
        CHECK(it.topic.substr(0, 2) == "a/");
        sum += it.value;
    }
    CHECK(sum == 5);
    (void)index.lookup("#", cursor);
    CHECK(cursor.next(index, 1).size() == 1 && cursor.next(index).size() == 1);
    CHECK(cursor.next(index).empty());
    sum = 0;
    for (const auto &it : index.walk()) {
        sum += it.value;
    }
    CHECK(sum == 9);
    const mqc::retained_index copy = index.clone();
    CHECK(index.remove("a/b") == 2u && !index.remove("a/b"));
    CHECK(copy.size() == 3 && index.size() == 2);
    index.clear();
    index.shrink();
    for (int i = 0; i < 150; i++) {
        index.insert("many/" + std::to_string(i), 1);
    }
    sum = 0;
    for (const auto &it : index.lookup("many/#", cursor)) {
        sum += it.value;
    }
    CHECK(sum == 150);
    mqc_index_limits limits = mqc::index_limits();
    limits.max_levels = 1;
    index.set_limits(limits);
    CHECK(error_of([&] { index.insert("x/y", 1); }).status() == MQC_ERR_INDEX_LEVELS);
    CHECK(error_of([&] { index.insert("+", 1); }).status() == MQC_ERR_TOPIC_WILDCARD);

    check_moves(mqc::retained_index(), mqc::retained_index(),
                [](mqc::retained_index &it) { it.insert("a", 1); });
    check_moves(mqc::retained_cursor(), mqc::retained_cursor(),
                [&](mqc::retained_cursor &it) { (void)index.lookup("x", it); });
    check_moves(index.walk(), index.walk(), [](mqc::retained_walk &it) { (void)it.next(); });
}

static void routes() {
    mqc::router router;
    const mqc_route_id first = router.add("sensors/{name}/#", 10);
    const mqc_route_id second = router.add("sensors/kitchen/{*rest}", 20);
    router.add("sensors/{other}/#", 30);
    CHECK(router.size() == 3 && !router.empty() && !router.fallback());
    mqc::route_matches matches;
    std::uint64_t sum = 0;
    for (const mqc::route_match &it : router.match("sensors/kitchen/a/b", matches)) {
        CHECK(it.kind() == MQC_ROUTE_MATCH && !it.is_fallback());
        if (it.id() == first) {
            CHECK(it.capture("name") == "kitchen" && !it.capture("rest"));
            CHECK(it.captures().size() == 1 && mqc::text(it.captures()[0].name) == "name");
        }
        sum += it.handler();
    }
    CHECK(sum == 60);
    const auto best = router.most_specific("sensors/kitchen/a/b", matches);
    CHECK(best && best->id() == second && best->capture("rest") == "a/b");
    CHECK(router.match("else", matches).empty() && !router.most_specific("else", matches));
    router.set_fallback(99);
    CHECK(router.fallback() == 99u && router.match("else", matches)[0].is_fallback());
    CHECK(router.most_specific("else", matches)->handler() == 99);
    router.set_fallback(std::nullopt);
    CHECK(!router.fallback());

    std::string seen;
    for (const mqc::route &it : router.routes()) {
        seen += std::to_string(it.handler) + "=" + std::string(it.pattern) + ";";
    }
    CHECK(seen == "10=sensors/{name}/#;20=sensors/kitchen/{*rest};30=sensors/{other}/#;");
    seen.clear();
    for (const mqc::route &it : router.filters()) {
        seen += std::string(it.filter) + ";";
    }
    CHECK(seen == "sensors/+/#;sensors/kitchen/#;");
    CHECK(router.filter_routes("sensors/+/#").size() == 2 && router.filter_routes("x").empty());
    CHECK(router.find(first)->pattern == "sensors/{name}/#" && !router.find(1000));
    CHECK(router.set_handler(first, 11) == 10u && !router.set_handler(1000, 1));
    CHECK(router.remove(first) == 11u && !router.remove(first));
    const auto fault = error_of<mqc::topic_error>([&] { router.add("a/{b", 1); });
    CHECK(fault.status() == MQC_ERR_ROUTE_BRACE && fault.fault().kind == MQC_ERR_ROUTE_BRACE);

    check_moves(mqc::router(), mqc::router(), [](mqc::router &it) { it.add("a", 1); });
    check_moves(mqc::route_matches(), mqc::route_matches(),
                [&](mqc::route_matches &it) { (void)router.match("x", it); });
}

int main() {
    topics();
    mappings();
    stream_heads();
    tries();
    retained();
    routes();
    return 0;
}
