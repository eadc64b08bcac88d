/* Topics and mappings allocate nothing, and matching nothing once its memory has grown. The linker
 * sends every allocation of the program and of the static library here (`--wrap`). */
#include "check.h"

static int allocations;

/* The names that the linker looks for. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
int __real_posix_memalign(void **out, size_t alignment, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
int __wrap_posix_memalign(void **out, size_t alignment, size_t size);

void *__wrap_malloc(size_t size) {
    allocations++;
    return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size) {
    allocations++;
    return __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size) {
    allocations++;
    return __real_realloc(old, size);
}

int __wrap_posix_memalign(void **out, size_t alignment, size_t size) {
    allocations++;
    return __real_posix_memalign(out, alignment, size);
}

static void topics(void) {
    mqc_topic_error error;
    mqc_filter_info info;
    uint8_t out[64];
    uint8_t result = 0;
    size_t written = 0;
    mqc_bytes exchange;
    mqc_bytes level;
    CHECK_STATUS(mqc_topic_check(TEXT("a/+"), MQC_VERSION_V5, NULL, &error),
                 MQC_ERR_TOPIC_WILDCARD);
    CHECK_STATUS(mqc_filter_check(TEXT("$share/g/a/+/#"), MQC_VERSION_V5, &info, &error), MQC_OK);
    for (mqc_bytes rest = info.filter; rest.data != NULL;) {
        CHECK_STATUS(mqc_level_next(&rest, &level), MQC_OK);
    }
    CHECK_STATUS(mqc_filter_matches(TEXT("a/+"), MQC_VERSION_V5, TEXT("a/b"), &result), MQC_OK);
    CHECK_STATUS(mqc_filter_covers(TEXT("a/#"), TEXT("a/+"), MQC_VERSION_V5, &result), MQC_OK);
    CHECK_STATUS(mqc_filter_overlaps(TEXT("a/#"), TEXT("+/b"), MQC_VERSION_V5, &result), MQC_OK);
    CHECK_STATUS(mqc_topic_to_routing_key(TEXT("a/b"), out, sizeof out, &written, &error), MQC_OK);
    CHECK_STATUS(mqc_filter_to_exchange(TEXT("a/+"), MQC_VERSION_V5, &exchange, out, sizeof out,
                                        &written, &error), MQC_OK);
    CHECK_STATUS(mqc_kafka_topic_to_topic(TEXT("a.b"), out, sizeof out, &written, &error), MQC_OK);
    CHECK_STATUS(mqc_kafka_topic_to_topic(TEXT("a/b"), out, sizeof out, &written, &error),
                 MQC_ERR_MAP_CHARACTER);
}

typedef struct indexes {
    mqc_trie *trie;
    mqc_trie_matches *matches;
    mqc_overlaps *overlaps;
    mqc_retained *retained;
    mqc_retained_cursor *cursor;
    mqc_router *router;
    mqc_route_matches *routes;
} indexes;

static indexes make(void) {
    indexes all;
    CHECK_STATUS(mqc_trie_new(NULL, &all.trie), MQC_OK);
    CHECK_STATUS(mqc_trie_matches_new(&all.matches), MQC_OK);
    CHECK_STATUS(mqc_overlaps_new(&all.overlaps), MQC_OK);
    CHECK_STATUS(mqc_retained_new(NULL, &all.retained), MQC_OK);
    CHECK_STATUS(mqc_retained_cursor_new(&all.cursor), MQC_OK);
    CHECK_STATUS(mqc_router_new(&all.router), MQC_OK);
    CHECK_STATUS(mqc_route_matches_new(&all.routes), MQC_OK);
    const char *filters[] = {"site/#", "site/+/state", "site/7/state", "+/7/#",
                             "$share/team/site/+/state", "$share/other/site/7/+"};
    for (uint64_t key = 0; key < 60; key++) {
        const char *filter = filters[key % 6];
        const mqc_granted granted = {.qos = 1, .subscription_id = (uint32_t)key + 1};
        const mqc_bytes view = {(const uint8_t *)filter, strlen(filter)};
        CHECK_STATUS(mqc_trie_insert(all.trie, view, MQC_VERSION_V5, key / 7, &granted, NULL, NULL),
                     MQC_OK);
        char name[64];
        const int len = snprintf(name, sizeof name, "site/%d/state/of/something/large", (int)key);
        const mqc_bytes topic = {(const uint8_t *)name, (size_t)len};
        CHECK_STATUS(mqc_retained_insert(all.retained, topic, key, NULL, NULL), MQC_OK);
    }
    CHECK_STATUS(mqc_router_add(all.router, TEXT("site/{number}/{what}"), 1, NULL, NULL), MQC_OK);
    CHECK_STATUS(mqc_router_add(all.router, TEXT("site/{*path}"), 2, NULL, NULL), MQC_OK);
    return all;
}

/* One message: who gets it, what was retained, what a client does with it. */
static void use(const indexes *all, size_t page_len) {
    const mqc_bytes topic = TEXT("site/7/state");
    const mqc_trie_found *found;
    const mqc_delivery *deliveries;
    size_t count = 0;
    size_t finds = 0;
    CHECK_STATUS(mqc_overlaps_start(all->overlaps, NULL), MQC_OK);
    CHECK_STATUS(mqc_trie_match(all->trie, topic, all->matches, NULL), MQC_OK);
    do {
        CHECK_STATUS(mqc_trie_matches_next(all->matches, all->trie, page_len, &found, &count),
                     MQC_OK);
        for (size_t i = 0; i < count; i++) {
            if (found[i].kind == MQC_FOUND_SUBSCRIBER) {
                CHECK_STATUS(mqc_overlaps_add(all->overlaps, found[i].key, &found[i].granted),
                             MQC_OK);
                continue;
            }
            uint8_t picked = 0;
            mqc_trie_member member;
            const mqc_trie_member *members;
            size_t member_count = 0;
            const uint64_t offline[] = {1, 5};
            for (mqc_share_strategy strategy = 0; strategy <= MQC_SHARE_NUMBER; strategy++) {
                CHECK_STATUS(mqc_trie_matches_pick(all->matches, all->trie, found[i].group,
                                                   strategy, 7, offline, 2, &picked, &member),
                             MQC_OK);
                CHECK(picked == 1);
            }
            CHECK_STATUS(mqc_trie_matches_members(all->matches, all->trie, found[i].group, &members,
                                                  &member_count), MQC_OK);
            CHECK(member_count > 2);
        }
        finds += count;
    } while (count > 0);
    CHECK(finds > 20);
    CHECK_STATUS(mqc_overlaps_deliveries(all->overlaps, &deliveries, &count), MQC_OK);
    CHECK(count == 9 && deliveries[0].subscription_id_count > 1);

    const mqc_retained_entry *page;
    finds = 0;
    CHECK_STATUS(mqc_retained_lookup(all->retained, TEXT("site/+/state/#"), MQC_VERSION_V5,
                                     all->cursor), MQC_OK);
    do {
        CHECK_STATUS(mqc_retained_cursor_next(all->cursor, all->retained, page_len, &page, &count),
                     MQC_OK);
        finds += count;
    } while (count > 0);
    CHECK(finds == 60);

    const mqc_route_match *routes;
    mqc_route_match best;
    CHECK_STATUS(mqc_router_match(all->router, topic, all->routes, &routes, &count), MQC_OK);
    CHECK(count == 2 && routes[0].capture_count > 0);
    CHECK_STATUS(mqc_router_most_specific(all->router, topic, all->routes, &best), MQC_OK);
    CHECK(best.handler == 1);
}

int main(void) {
    /* The wrapping works. */
    void *volatile block = malloc(1);
    CHECK(block != NULL && allocations == 1);
    free(block);

    allocations = 0;
    topics();
    CHECK(allocations == 0);

    const indexes all = make();
    CHECK(allocations > 7);
    use(&all, SIZE_MAX);
    allocations = 0;
    use(&all, SIZE_MAX);
    use(&all, 1);
    use(&all, 7);
    CHECK(allocations == 0);

    mqc_trie_free(all.trie);
    mqc_trie_matches_free(all.matches);
    mqc_overlaps_free(all.overlaps);
    mqc_retained_free(all.retained);
    mqc_retained_cursor_free(all.cursor);
    mqc_router_free(all.router);
    mqc_route_matches_free(all.routes);
    return EXIT_SUCCESS;
}
