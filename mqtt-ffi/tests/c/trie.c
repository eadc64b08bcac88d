/* The subscription trie: what is put in, found, merged, shared, walked, and taken out. */
#include "check.h"

#include <pthread.h>

static const mqc_version V5 = MQC_VERSION_V5;

static mqc_bytes text(const char *string) {
    return (mqc_bytes){(const uint8_t *)string, strlen(string)};
}

static mqc_trie *new_trie(void) {
    mqc_trie *trie = NULL;
    CHECK_STATUS(mqc_trie_new(NULL, &trie), MQC_OK);
    CHECK(trie != NULL);
    return trie;
}

static mqc_trie_matches *new_matches(void) {
    mqc_trie_matches *matches = NULL;
    CHECK_STATUS(mqc_trie_matches_new(&matches), MQC_OK);
    CHECK(matches != NULL);
    return matches;
}

static void insert(mqc_trie *trie, const char *filter, uint64_t key, mqc_qos qos, uint32_t id) {
    const mqc_granted granted = {.qos = qos, .subscription_id = id};
    uint8_t found = 7;
    CHECK_STATUS(mqc_trie_insert(trie, text(filter), V5, key, &granted, &found, NULL), MQC_OK);
    CHECK(found == 0);
}

static size_t len_of(const mqc_trie *trie) {
    size_t len = 77777;
    CHECK_STATUS(mqc_trie_len(trie, &len), MQC_OK);
    return len;
}

static void changes(void) {
    mqc_trie *trie = new_trie();
    size_t bytes = 7;
    CHECK_STATUS(mqc_trie_heap_bytes(trie, &bytes), MQC_OK);
    CHECK(bytes == 0);
    const mqc_granted first = {MQC_QOS_AT_LEAST_ONCE, 1, 0, MQC_RETAIN_HANDLING_DO_NOT_SEND,
                               268435455};
    const mqc_granted second = {MQC_QOS_EXACTLY_ONCE, 0, 1, MQC_RETAIN_HANDLING_SEND_IF_NEW, 0};
    const mqc_granted zero = {0};
    const mqc_bytes filter = TEXT("a/+");
    uint8_t found = 7;
    mqc_granted old;
    memset(&old, 0x5A, sizeof old);
    CHECK_STATUS(mqc_trie_insert(trie, filter, V5, 9, &first, &found, &old), MQC_OK);
    CHECK(found == 0 && memcmp(&old, &zero, sizeof old) == 0);
    CHECK_STATUS(mqc_trie_insert(trie, filter, V5, 9, &second, &found, &old), MQC_OK);
    CHECK(found == 1 && memcmp(&old, &first, sizeof old) == 0);
    CHECK(len_of(trie) == 1);
    CHECK_STATUS(mqc_trie_get(trie, filter, V5, 9, &found, &old), MQC_OK);
    CHECK(found == 1 && memcmp(&old, &second, sizeof old) == 0);
    CHECK_STATUS(mqc_trie_get(trie, filter, V5, 8, &found, &old), MQC_OK);
    CHECK(found == 0 && memcmp(&old, &zero, sizeof old) == 0);
    CHECK_STATUS(mqc_trie_heap_bytes(trie, &bytes), MQC_OK);
    CHECK(bytes > 0);

    /* A copy goes its own way. */
    mqc_trie *copy = NULL;
    CHECK_STATUS(mqc_trie_clone(trie, &copy), MQC_OK);
    CHECK_STATUS(mqc_trie_remove(trie, filter, V5, 9, &found, &old), MQC_OK);
    CHECK(found == 1 && memcmp(&old, &second, sizeof old) == 0);
    CHECK_STATUS(mqc_trie_remove(trie, filter, V5, 9, &found, &old), MQC_OK);
    CHECK(found == 0 && memcmp(&old, &zero, sizeof old) == 0);
    CHECK(len_of(trie) == 0 && len_of(copy) == 1);
    CHECK_STATUS(mqc_trie_clear(copy), MQC_OK);
    CHECK(len_of(copy) == 0);
    mqc_trie_free(copy);

    /* The same text is a shared subscription in 5.0, and none before. */
    CHECK_STATUS(mqc_trie_insert(trie, TEXT("$share/g/a"), V5, 1, &zero, NULL, NULL), MQC_OK);
    CHECK_STATUS(mqc_trie_insert(trie, TEXT("$share/g/a"), MQC_VERSION_V311, 1, &zero, &found,
                                 NULL), MQC_OK);
    CHECK(found == 0 && len_of(trie) == 2);
    insert(trie, "a/b", 1, 0, 0);
    insert(trie, "a/b", 2, 0, 0);
    size_t count = 7;
    CHECK_STATUS(mqc_trie_remove_key(trie, 1, &count), MQC_OK);
    CHECK(count == 3 && len_of(trie) == 1);
    CHECK_STATUS(mqc_trie_remove_key(trie, 1, NULL), MQC_OK);
    CHECK_STATUS(mqc_trie_shrink(trie), MQC_OK);
    CHECK(len_of(trie) == 1);
    mqc_trie_free(trie);
}

static void limits(void) {
    mqc_index_limits limits = MQC_INDEX_LIMITS_INIT;
    limits.max_entries = 2;
    limits.max_levels = 3;
    mqc_trie *trie = NULL;
    CHECK_STATUS(mqc_trie_new(&limits, &trie), MQC_OK);
    const mqc_granted granted = {0};
    uint8_t found = 7;
    CHECK_STATUS(mqc_trie_insert(trie, TEXT("a/b/c/d"), V5, 1, &granted, &found, NULL),
                 MQC_ERR_INDEX_LEVELS);
    /* The share name is no level. */
    CHECK_STATUS(mqc_trie_insert(trie, TEXT("$share/g/a/b/c"), V5, 1, &granted, NULL, NULL),
                 MQC_OK);
    CHECK_STATUS(mqc_trie_insert(trie, TEXT("a"), V5, 1, &granted, NULL, NULL), MQC_OK);
    CHECK_STATUS(mqc_trie_insert(trie, TEXT("a"), V5, 2, &granted, &found, NULL),
                 MQC_ERR_INDEX_ENTRIES);
    CHECK(found == 7 && len_of(trie) == 2);
    /* What is there can be replaced. */
    CHECK_STATUS(mqc_trie_insert(trie, TEXT("a"), V5, 1, &granted, &found, NULL), MQC_OK);
    CHECK(found == 1);
    limits.max_entries = 3;
    CHECK_STATUS(mqc_trie_set_limits(trie, &limits), MQC_OK);
    CHECK_STATUS(mqc_trie_insert(trie, TEXT("a"), V5, 2, &granted, NULL, NULL), MQC_OK);
    CHECK_STATUS(mqc_trie_set_limits(trie, NULL), MQC_OK);
    CHECK_STATUS(mqc_trie_insert(trie, TEXT("a/b/c/d/e"), V5, 2, &granted, NULL, NULL), MQC_OK);
    mqc_trie_free(trie);

    /* A program with an older header knows fewer limits, and one with garbage none. */
    limits.max_entries = 0;
    limits.struct_size = offsetof(mqc_index_limits, max_levels);
    CHECK_STATUS(mqc_trie_new(&limits, &trie), MQC_OK);
    CHECK_STATUS(mqc_trie_insert(trie, TEXT("a"), V5, 1, &granted, NULL, NULL),
                 MQC_ERR_INDEX_ENTRIES);
    limits.struct_size = 1;
    CHECK_STATUS(mqc_trie_set_limits(trie, &limits), MQC_INVALID_ARGUMENT);
    mqc_trie *other = trie;
    CHECK_STATUS(mqc_trie_new(&limits, &other), MQC_INVALID_ARGUMENT);
    CHECK(other == trie);
    mqc_trie_free(trie);
}

static void matching(void) {
    mqc_trie *trie = new_trie();
    mqc_trie_matches *matches = new_matches();
    const mqc_trie_found *found;
    size_t count = 7;
    /* Nothing has been looked for. */
    CHECK_STATUS(mqc_trie_matches_next(matches, trie, 5, &found, &count), MQC_OK);
    CHECK(count == 0);

    insert(trie, "site/#", 1, 1, 11);
    insert(trie, "site/+/state", 2, 2, 0);
    insert(trie, "site/+/state", 3, 0, 13);
    insert(trie, "site/7", 4, 0, 0);
    insert(trie, "$share/team/site/7/state", 5, 1, 0);
    insert(trie, "$share/team/site/7/state", 6, 1, 0);
    insert(trie, "#", 7, 0, 0);

    const mqc_bytes topic = TEXT("site/7/state");
    CHECK_STATUS(mqc_trie_match(trie, topic, matches, &count), MQC_OK);
    CHECK(count == 5);
    CHECK_STATUS(mqc_trie_matches_next(matches, trie, SIZE_MAX, &found, &count), MQC_OK);
    CHECK(count == 5);
    /* Those with "#" above the last level first, then filter by filter. */
    const uint64_t keys[] = {7, 1, 0, 2, 3};
    for (size_t i = 0; i < count; i++) {
        const mqc_found_kind kind = i == 2 ? MQC_FOUND_GROUP : MQC_FOUND_SUBSCRIBER;
        CHECK(found[i].kind == kind && found[i].key == keys[i]);
    }
    CHECK(found[1].granted.qos == 1 && found[1].granted.subscription_id == 11);
    CHECK(found[2].member_count == 2 && equal(found[2].share_name, TEXT("team")));
    CHECK_STATUS(mqc_trie_matches_next(matches, trie, SIZE_MAX, &found, &count), MQC_OK);
    CHECK(count == 0);

    /* One by one, the same. */
    CHECK_STATUS(mqc_trie_match(trie, topic, matches, NULL), MQC_OK);
    for (size_t i = 0; i < 5; i++) {
        CHECK_STATUS(mqc_trie_matches_next(matches, trie, 1, &found, &count), MQC_OK);
        CHECK(count == 1 && found[0].key == keys[i]);
    }
    CHECK_STATUS(mqc_trie_matches_next(matches, trie, 1, &found, &count), MQC_OK);
    CHECK(count == 0);

    /* Nothing for wildcards at the start. */
    CHECK_STATUS(mqc_trie_match(trie, TEXT("$SYS/x"), matches, &count), MQC_OK);
    CHECK(count == 0);

    /* In pages, of a trie that changes: who is there all the time is found once. */
    mqc_trie_clear(trie);
    for (uint64_t key = 0; key < 10; key++) {
        insert(trie, "a", key, 0, 0);
    }
    CHECK_STATUS(mqc_trie_match(trie, TEXT("a"), matches, NULL), MQC_OK);
    CHECK_STATUS(mqc_trie_matches_next(matches, trie, 4, &found, &count), MQC_OK);
    CHECK(count == 4);
    CHECK_STATUS(mqc_trie_remove(trie, TEXT("a"), V5, 2, NULL, NULL), MQC_OK);
    CHECK_STATUS(mqc_trie_remove(trie, TEXT("a"), V5, 5, NULL, NULL), MQC_OK);
    CHECK_STATUS(mqc_trie_matches_next(matches, trie, 10, &found, &count), MQC_OK);
    const uint64_t rest[] = {4, 6, 7, 8, 9};
    CHECK(count == 5);
    for (size_t i = 0; i < 5; i++) {
        CHECK(found[i].key == rest[i]);
    }

    /* A match of one trie is not gone on with in another. */
    mqc_trie *other = new_trie();
    CHECK_STATUS(mqc_trie_matches_next(matches, other, 10, &found, &count), MQC_INVALID_ARGUMENT);
    mqc_trie_free(other);
    mqc_trie_free(trie);
    mqc_trie_matches_free(matches);
}

static uint64_t pick(const mqc_trie_matches *matches, const mqc_trie *trie, uint32_t group,
                     mqc_share_strategy strategy, uint64_t number, const uint64_t *without,
                     size_t len) {
    uint8_t found = 7;
    mqc_trie_member member;
    CHECK_STATUS(mqc_trie_matches_pick(matches, trie, group, strategy, number, without, len, &found,
                                       &member), MQC_OK);
    CHECK(found == 1);
    return member.key;
}

static void shared(void) {
    mqc_trie *trie = new_trie();
    mqc_trie_matches *matches = new_matches();
    for (uint64_t key = 1; key <= 3; key++) {
        insert(trie, "$share/team/a/+", key, (mqc_qos)(key - 1), 0);
    }
    insert(trie, "$share/other/a/b", 9, 0, 0);
    const mqc_trie_found *page;
    size_t count = 0;
    CHECK_STATUS(mqc_trie_match(trie, TEXT("a/b"), matches, &count), MQC_OK);
    CHECK(count == 2);
    CHECK_STATUS(mqc_trie_matches_next(matches, trie, SIZE_MAX, &page, &count), MQC_OK);
    const size_t at = equal(page[0].share_name, TEXT("team")) ? 0 : 1;
    const uint32_t team = page[at].group;
    const uint32_t other = page[1 - at].group;
    CHECK(team != other && page[at].member_count == 3 && page[1 - at].member_count == 1);

    const mqc_share_strategy robin = MQC_SHARE_ROUND_ROBIN;
    CHECK(pick(matches, trie, team, robin, 0, NULL, 0) == 1);
    CHECK(pick(matches, trie, team, robin, 0, NULL, 0) == 2);
    CHECK(pick(matches, trie, other, robin, 0, NULL, 0) == 9);
    CHECK(pick(matches, trie, team, robin, 0, NULL, 0) == 3);
    CHECK(pick(matches, trie, team, robin, 0, NULL, 0) == 1);
    const uint64_t two[] = {2};
    CHECK(pick(matches, trie, team, robin, 0, two, 1) == 3);
    CHECK(pick(matches, trie, team, MQC_SHARE_STICKY, 0, NULL, 0) == 3);
    CHECK(pick(matches, trie, team, MQC_SHARE_STICKY, 0, NULL, 0) == 3);
    const uint64_t three[] = {3};
    CHECK(pick(matches, trie, team, MQC_SHARE_STICKY, 0, three, 1) == 1);
    CHECK(pick(matches, trie, team, MQC_SHARE_STICKY, 0, NULL, 0) == 1);
    for (uint64_t number = 0; number < 7; number++) {
        CHECK(pick(matches, trie, team, MQC_SHARE_NUMBER, number, NULL, 0) == 1 + number % 3);
    }
    CHECK(pick(matches, trie, team, MQC_SHARE_NUMBER, 1, two, 1) == 3);
    int times[4] = {0};
    for (uint64_t i = 0; i < 300; i++) {
        const uint64_t hash = i * 0x9E3779B97F4A7C15u;
        const uint64_t key = pick(matches, trie, team, MQC_SHARE_HASH, hash, NULL, 0);
        CHECK(key == pick(matches, trie, team, MQC_SHARE_HASH, hash, NULL, 0));
        const uint64_t without = pick(matches, trie, team, MQC_SHARE_HASH, hash, two, 1);
        CHECK(key == 2 ? without != 2 : without == key);
        times[key]++;
    }
    CHECK(times[1] > 60 && times[2] > 60 && times[3] > 60);

    const uint64_t all[] = {1, 2, 3};
    uint8_t found = 7;
    mqc_trie_member member;
    memset(&member, 0x5A, sizeof member);
    CHECK_STATUS(mqc_trie_matches_pick(matches, trie, team, robin, 0, all, 3, &found, &member),
                 MQC_OK);
    CHECK(found == 0 && member.key == 0 && member.granted.qos == 0);

    const mqc_trie_member *members;
    CHECK_STATUS(mqc_trie_matches_members(matches, trie, team, &members, &count), MQC_OK);
    CHECK(count == 3);
    for (size_t i = 0; i < 3; i++) {
        CHECK(members[i].key == i + 1 && members[i].granted.qos == i);
    }

    /* What is not right is refused. */
    const uint64_t unsorted[] = {3, 1};
    found = 7;
    CHECK_STATUS(mqc_trie_matches_pick(matches, trie, team, robin, 0, unsorted, 2, &found, &member),
                 MQC_INVALID_ARGUMENT);
    CHECK_STATUS(mqc_trie_matches_pick(matches, trie, team, 4, 0, NULL, 0, &found, &member),
                 MQC_INVALID_ARGUMENT);
    CHECK_STATUS(mqc_trie_matches_pick(matches, trie, 2, robin, 0, NULL, 0, &found, &member),
                 MQC_INVALID_ARGUMENT);
    CHECK_STATUS(mqc_trie_matches_pick(matches, trie, team, robin, 0, NULL, 1, &found, &member),
                 MQC_NULL_POINTER);
    CHECK_STATUS(mqc_trie_matches_members(matches, trie, UINT32_MAX, &members, &count),
                 MQC_INVALID_ARGUMENT);
    CHECK(found == 7 && count == 3);

    /* Of a trie that has changed, or is another, or is gone, nothing is looked at. */
    insert(trie, "b", 1, 0, 0);
    CHECK_STATUS(mqc_trie_matches_pick(matches, trie, team, robin, 0, NULL, 0, &found, &member),
                 MQC_ERR_INDEX_CHANGED);
    CHECK_STATUS(mqc_trie_matches_members(matches, trie, team, &members, &count),
                 MQC_ERR_INDEX_CHANGED);
    mqc_trie_found group;
    CHECK_STATUS(mqc_trie_match(trie, TEXT("a/b"), matches, NULL), MQC_OK);
    CHECK_STATUS(mqc_trie_group(trie, TEXT("$share/team/a/+"), matches, &group), MQC_OK);
    CHECK(group.kind == MQC_FOUND_GROUP && group.member_count == 3);
    CHECK(equal(group.share_name, TEXT("team")));
    CHECK(pick(matches, trie, group.group, MQC_SHARE_NUMBER, 2, NULL, 0) == 3);
    /* The match is forgotten. */
    CHECK_STATUS(mqc_trie_matches_next(matches, trie, SIZE_MAX, &page, &count), MQC_OK);
    CHECK(count == 0);
    CHECK_STATUS(mqc_trie_group(trie, TEXT("$share/team/a/b"), matches, &group), MQC_OK);
    CHECK(group.kind == MQC_FOUND_NONE && group.member_count == 0);
    CHECK_STATUS(mqc_trie_group(trie, TEXT("b"), matches, &group), MQC_OK);
    CHECK(group.kind == MQC_FOUND_NONE);
    CHECK_STATUS(mqc_trie_group(trie, TEXT("$share/team/a/+"), matches, &group), MQC_OK);
    mqc_trie_free(trie);
    mqc_trie *next = new_trie();
    CHECK_STATUS(mqc_trie_matches_pick(matches, next, group.group, robin, 0, NULL, 0, &found,
                                       &member), MQC_INVALID_ARGUMENT);
    mqc_trie_free(next);
    mqc_trie_matches_free(matches);
}

static void merged(void) {
    mqc_trie *trie = new_trie();
    mqc_trie_matches *matches = new_matches();
    mqc_overlaps *overlaps = NULL;
    CHECK_STATUS(mqc_overlaps_new(&overlaps), MQC_OK);
    insert(trie, "a/#", 1, 0, 7);
    insert(trie, "a/+", 1, 2, 8);
    insert(trie, "a/b", 1, 1, 9);
    insert(trie, "+/b", 2, 1, 21);
    const mqc_granted own = {.qos = 1, .no_local = 1, .retain_as_published = 1};
    CHECK_STATUS(mqc_trie_insert(trie, TEXT("+/+"), V5, 3, &own, NULL, NULL), MQC_OK);

    for (int round = 0; round < 3; round++) {
        const uint64_t publisher = 3;
        const mqc_trie_found *found;
        const mqc_delivery *deliveries;
        size_t count = 0;
        CHECK_STATUS(mqc_overlaps_start(overlaps, round == 1 ? NULL : &publisher), MQC_OK);
        CHECK_STATUS(mqc_trie_match(trie, TEXT("a/b"), matches, NULL), MQC_OK);
        CHECK_STATUS(mqc_trie_matches_next(matches, trie, SIZE_MAX, &found, &count), MQC_OK);
        CHECK(count == 5);
        for (size_t i = 0; i < count; i++) {
            CHECK(found[i].kind == MQC_FOUND_SUBSCRIBER);
            CHECK_STATUS(mqc_overlaps_add(overlaps, found[i].key, &found[i].granted), MQC_OK);
        }
        CHECK_STATUS(mqc_overlaps_deliveries(overlaps, &deliveries, &count), MQC_OK);
        CHECK(count == (round == 1 ? 3 : 2));
        for (size_t i = 0; i < count; i++) {
            if (deliveries[i].key == 1) {
                CHECK(deliveries[i].qos == 2 && deliveries[i].retain_as_published == 0);
                CHECK(deliveries[i].subscription_id_count == 3);
                /* In the order of the matches. */
                CHECK(deliveries[i].subscription_ids[0] == 7);
                CHECK(deliveries[i].subscription_ids[1] + deliveries[i].subscription_ids[2] == 17);
            } else if (deliveries[i].key == 2) {
                CHECK(deliveries[i].subscription_id_count == 1 && deliveries[i].qos == 1);
                CHECK(deliveries[i].subscription_ids[0] == 21);
                CHECK(deliveries[i].retain_as_published == 0);
            } else {
                CHECK(deliveries[i].key == 3 && round == 1 && deliveries[i].qos == 1);
                CHECK(deliveries[i].subscription_ids == NULL);
                CHECK(deliveries[i].subscription_id_count == 0);
                CHECK(deliveries[i].retain_as_published == 1);
            }
        }
    }
    const mqc_granted bad = {.qos = 3};
    CHECK_STATUS(mqc_overlaps_add(overlaps, 1, &bad), MQC_INVALID_ARGUMENT);
    CHECK_STATUS(mqc_overlaps_add(overlaps, 1, NULL), MQC_NULL_POINTER);
    mqc_overlaps_free(overlaps);
    mqc_trie_matches_free(matches);
    mqc_trie_free(trie);
}

/* What stands in docs/api-indexes.md: a test holds it against this. */
static void who_gets_a_message(void) {
    mqc_trie *trie = new_trie();
    mqc_trie_matches *matches = new_matches();
    mqc_overlaps *overlaps = NULL;
    CHECK_STATUS(mqc_overlaps_new(&overlaps), MQC_OK);
    insert(trie, "a/#", 1, 0, 7);
    insert(trie, "a/b", 1, 1, 0);
    insert(trie, "+/b", 2, 1, 0);
    insert(trie, "$share/team/a/b", 3, 1, 0);
    insert(trie, "$share/team/a/b", 4, 1, 0);
    const mqc_bytes topic = TEXT("a/b");
    const uint64_t publisher = 9, offline[] = {3};
    const size_t offline_count = 1;
    const mqc_trie_found *found;
    const mqc_delivery *deliveries;
    mqc_trie_member member;
    uint8_t picked = 0;
    size_t count = 0, to_groups = 0;

    mqc_overlaps_start(overlaps, &publisher);
    mqc_trie_match(trie, topic, matches, NULL);
    mqc_trie_matches_next(matches, trie, SIZE_MAX, &found, &count);
    for (size_t i = 0; i < count; i++) {
        if (found[i].kind == MQC_FOUND_SUBSCRIBER) {
            mqc_overlaps_add(overlaps, found[i].key, &found[i].granted);
        } else {
            mqc_trie_matches_pick(matches, trie, found[i].group, MQC_SHARE_ROUND_ROBIN, 0, offline,
                                  offline_count, &picked, &member);
            if (picked) {
                /* one message to member.key, with member.granted */
                to_groups++;
                CHECK(member.key == 4 && member.granted.qos == 1);
            }
        }
    }
    mqc_overlaps_deliveries(overlaps, &deliveries, &count);
    /* one message to each deliveries[i].key */

    CHECK(to_groups == 1 && count == 2);
    CHECK(deliveries[0].key + deliveries[1].key == 3);
    mqc_overlaps_free(overlaps);
    mqc_trie_matches_free(matches);
    mqc_trie_free(trie);
}

static size_t walked(const mqc_trie *trie, const char *below) {
    mqc_trie_walk *walk = NULL;
    mqc_trie_entry entry;
    size_t count = 0;
    CHECK_STATUS(mqc_trie_walk_new(trie, text(below), V5, &walk), MQC_OK);
    for (;; count++) {
        CHECK_STATUS(mqc_trie_walk_next(walk, trie, &entry), MQC_OK);
        if (entry.filter.len == 0) {
            break;
        }
        uint8_t found = 0;
        mqc_granted granted;
        CHECK_STATUS(mqc_trie_get(trie, entry.filter, V5, entry.key, &found, &granted), MQC_OK);
        CHECK(found == 1 && memcmp(&granted, &entry.granted, sizeof granted) == 0);
        mqc_filter_info info;
        CHECK_STATUS(mqc_filter_check(entry.filter, V5, &info, NULL), MQC_OK);
        CHECK(equal(info.share_name, entry.share_name));
    }
    CHECK_STATUS(mqc_trie_walk_next(walk, trie, &entry), MQC_OK);
    CHECK(entry.filter.len == 0 && entry.key == 0);
    mqc_trie_walk_free(walk);
    return count;
}

static void walks(void) {
    mqc_trie *trie = new_trie();
    CHECK(walked(trie, "") == 0);
    insert(trie, "site", 1, 0, 1);
    insert(trie, "site/7/#", 1, 1, 2);
    insert(trie, "site/7/#", 2, 1, 3);
    insert(trie, "$share/team/site/+/state", 1, 2, 4);
    insert(trie, "sites", 1, 0, 5);
    CHECK(walked(trie, "") == 5 && walked(trie, "site") == 4 && walked(trie, "site/+") == 1);
    CHECK(walked(trie, "nowhere") == 0);

    mqc_trie_walk *walk = NULL;
    mqc_trie_entry entry;
    CHECK_STATUS(mqc_trie_walk_new(trie, TEXT("a#"), V5, &walk), MQC_ERR_FILTER_MULTI_LEVEL);
    CHECK(walk == NULL);
    CHECK_STATUS(mqc_trie_walk_new(trie, TEXT(""), V5, &walk), MQC_OK);
    CHECK_STATUS(mqc_trie_walk_next(walk, trie, &entry), MQC_OK);
    insert(trie, "b", 1, 0, 0);
    CHECK_STATUS(mqc_trie_walk_next(walk, trie, &entry), MQC_ERR_INDEX_CHANGED);
    mqc_trie_free(trie);
    trie = new_trie();
    CHECK_STATUS(mqc_trie_walk_next(walk, trie, &entry), MQC_INVALID_ARGUMENT);
    mqc_trie_walk_free(walk);
    mqc_trie_free(trie);
}

#define READERS 4

typedef struct reader {
    const mqc_trie *trie;
    size_t sum;
} reader;

static void *read_many(void *argument) {
    reader *self = argument;
    mqc_trie_matches *matches = new_matches();
    for (int i = 0; i < 2000; i++) {
        char topic[32];
        const int len = snprintf(topic, sizeof topic, "site/%d/state", i % 100);
        const mqc_trie_found *found;
        size_t count = 0;
        const mqc_bytes name = {(const uint8_t *)topic, (size_t)len};
        CHECK_STATUS(mqc_trie_match(self->trie, name, matches, NULL), MQC_OK);
        CHECK_STATUS(mqc_trie_matches_next(matches, self->trie, SIZE_MAX, &found, &count), MQC_OK);
        for (size_t k = 0; k < count; k++) {
            if (found[k].kind == MQC_FOUND_GROUP) {
                self->sum += pick(matches, self->trie, found[k].group, MQC_SHARE_HASH, 5, NULL, 0);
            } else {
                self->sum += found[k].key;
            }
        }
    }
    mqc_trie_matches_free(matches);
    return NULL;
}

/* Threads read one trie, each with matches of its own. */
static void threads(void) {
    mqc_trie *trie = new_trie();
    for (uint64_t key = 0; key < 100; key++) {
        char filter[32];
        snprintf(filter, sizeof filter, "site/%d/+", (int)key);
        insert(trie, filter, key, 0, 0);
        insert(trie, "$share/team/site/+/state", key, 0, 0);
    }
    reader readers[READERS];
    pthread_t threads[READERS];
    for (int i = 0; i < READERS; i++) {
        readers[i] = (reader){trie, 0};
        CHECK(pthread_create(&threads[i], NULL, read_many, &readers[i]) == 0);
    }
    for (int i = 0; i < READERS; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
        CHECK(readers[i].sum == readers[0].sum && readers[i].sum >= 2000 / 100 * 4950);
    }
    mqc_trie_free(trie);
}

static void garbage(void) {
    mqc_trie *trie = new_trie();
    mqc_trie_matches *matches = new_matches();
    mqc_granted granted = {0};
    const mqc_bytes a = TEXT("a");
    const mqc_bytes null = {NULL, 1};
    uint8_t found = 7;
    size_t count = 77777;
    const mqc_trie_found *page = NULL;
    const mqc_trie_member *members = NULL;
    mqc_trie_member member;
    mqc_trie_found group;
    mqc_trie *none = NULL;

    CHECK_STATUS(mqc_trie_new(NULL, NULL), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_trie_clone(NULL, &none), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_trie_clone(trie, NULL), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_trie_set_limits(NULL, NULL), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_trie_insert(NULL, a, V5, 1, &granted, &found, NULL), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_trie_insert(trie, null, V5, 1, &granted, &found, NULL), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_trie_insert(trie, a, V5, 1, NULL, &found, NULL), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_trie_insert(trie, a, 7, 1, &granted, &found, NULL), MQC_INVALID_ARGUMENT);
    CHECK_STATUS(mqc_trie_insert(trie, TEXT("a#"), V5, 1, &granted, &found, NULL),
                 MQC_ERR_FILTER_MULTI_LEVEL);
    const mqc_granted bad[] = {
        {.qos = 3}, {.no_local = 2}, {.retain_as_published = 255}, {.retain_handling = 3},
        {.subscription_id = 268435456},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK_STATUS(mqc_trie_insert(trie, a, V5, 1, &bad[i], &found, NULL), MQC_INVALID_ARGUMENT);
    }
    CHECK_STATUS(mqc_trie_remove(NULL, a, V5, 1, &found, NULL), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_trie_remove(trie, null, V5, 1, &found, NULL), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_trie_remove(trie, a, 0, 1, &found, NULL), MQC_INVALID_ARGUMENT);
    CHECK_STATUS(mqc_trie_remove_key(NULL, 1, &count), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_trie_get(NULL, a, V5, 1, &found, NULL), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_trie_get(trie, null, V5, 1, &found, NULL), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_trie_get(trie, a, 9, 1, &found, NULL), MQC_INVALID_ARGUMENT);
    CHECK_STATUS(mqc_trie_len(NULL, &count), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_trie_len(trie, NULL), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_trie_heap_bytes(NULL, &count), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_trie_heap_bytes(trie, NULL), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_trie_clear(NULL), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_trie_shrink(NULL), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_trie_matches_new(NULL), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_trie_match(NULL, a, matches, &count), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_trie_match(trie, a, NULL, &count), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_trie_match(trie, null, matches, &count), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_trie_match(trie, TEXT("+"), matches, &count), MQC_ERR_TOPIC_WILDCARD);
    CHECK_STATUS(mqc_trie_matches_next(NULL, trie, 1, &page, &count), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_trie_matches_next(matches, NULL, 1, &page, &count), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_trie_matches_next(matches, trie, 1, NULL, &count), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_trie_matches_next(matches, trie, 1, &page, NULL), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_trie_matches_next(matches, trie, 0, &page, &count), MQC_INVALID_ARGUMENT);
    CHECK_STATUS(mqc_trie_group(NULL, a, matches, &group), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_trie_group(trie, null, matches, &group), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_trie_group(trie, a, NULL, &group), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_trie_group(trie, a, matches, NULL), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_trie_matches_pick(NULL, trie, 0, 0, 0, NULL, 0, &found, &member),
                 MQC_NULL_POINTER);
    CHECK_STATUS(mqc_trie_matches_pick(matches, NULL, 0, 0, 0, NULL, 0, &found, &member),
                 MQC_NULL_POINTER);
    CHECK_STATUS(mqc_trie_matches_pick(matches, trie, 0, 0, 0, NULL, 0, NULL, &member),
                 MQC_NULL_POINTER);
    CHECK_STATUS(mqc_trie_matches_pick(matches, trie, 0, 0, 0, NULL, 0, &found, NULL),
                 MQC_NULL_POINTER);
    CHECK_STATUS(mqc_trie_matches_pick(matches, trie, 0, 0, 0, NULL, 0, &found, &member),
                 MQC_INVALID_ARGUMENT);
    CHECK_STATUS(mqc_trie_matches_members(NULL, trie, 0, &members, &count), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_trie_matches_members(matches, NULL, 0, &members, &count), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_trie_matches_members(matches, trie, 0, NULL, &count), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_trie_matches_members(matches, trie, 0, &members, NULL), MQC_NULL_POINTER);
    CHECK(found == 7 && count == 77777 && page == NULL && members == NULL && none == NULL);

    mqc_trie_walk *walk = NULL;
    mqc_trie_entry entry;
    CHECK_STATUS(mqc_trie_walk_new(NULL, a, V5, &walk), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_trie_walk_new(trie, a, V5, NULL), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_trie_walk_new(trie, null, V5, &walk), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_trie_walk_new(trie, a, V5, &walk), MQC_OK);
    CHECK_STATUS(mqc_trie_walk_next(NULL, trie, &entry), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_trie_walk_next(walk, NULL, &entry), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_trie_walk_next(walk, trie, NULL), MQC_NULL_POINTER);
    mqc_overlaps *overlaps = NULL;
    const mqc_delivery *deliveries = NULL;
    CHECK_STATUS(mqc_overlaps_new(NULL), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_overlaps_start(NULL, NULL), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_overlaps_add(NULL, 1, &granted), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_overlaps_deliveries(NULL, &deliveries, &count), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_overlaps_new(&overlaps), MQC_OK);
    CHECK_STATUS(mqc_overlaps_deliveries(overlaps, NULL, &count), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_overlaps_deliveries(overlaps, &deliveries, NULL), MQC_NULL_POINTER);

    mqc_overlaps_free(overlaps);
    mqc_overlaps_free(NULL);
    mqc_trie_walk_free(walk);
    mqc_trie_walk_free(NULL);
    mqc_trie_matches_free(matches);
    mqc_trie_matches_free(NULL);
    mqc_trie_free(trie);
    mqc_trie_free(NULL);
}

int main(void) {
    changes();
    limits();
    matching();
    shared();
    merged();
    who_gets_a_message();
    walks();
    threads();
    garbage();
    return EXIT_SUCCESS;
}
