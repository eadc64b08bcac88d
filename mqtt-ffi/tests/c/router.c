/* The router: routes with captures, which of them a topic is for, and what to subscribe to. */
#include "check.h"

static mqc_bytes text(const char *string) {
    return (mqc_bytes){(const uint8_t *)string, strlen(string)};
}

static int is(mqc_bytes view, const char *string) {
    return equal(view, text(string));
}

static mqc_router *new_router(void) {
    mqc_router *router = NULL;
    CHECK_STATUS(mqc_router_new(&router), MQC_OK);
    CHECK(router != NULL);
    return router;
}

static mqc_route_matches *new_matches(void) {
    mqc_route_matches *matches = NULL;
    CHECK_STATUS(mqc_route_matches_new(&matches), MQC_OK);
    CHECK(matches != NULL);
    return matches;
}

static mqc_route_id add(mqc_router *router, const char *pattern, uint64_t handler) {
    mqc_route_id id = MQC_ROUTE_ID_NONE;
    CHECK_STATUS(mqc_router_add(router, text(pattern), handler, &id, NULL), MQC_OK);
    CHECK(id != MQC_ROUTE_ID_NONE);
    return id;
}

static size_t len_of(const mqc_router *router) {
    size_t len = 77777;
    CHECK_STATUS(mqc_router_len(router, &len), MQC_OK);
    return len;
}

static void captures(void) {
    mqc_router *router = new_router();
    mqc_route_matches *matches = new_matches();
    const mqc_route_id state = add(router, "site/{number}/state", 10);
    const mqc_route_id all = add(router, "site/{*path}", 20);
    const mqc_route_id again = add(router, "site/{id}/{what}", 30);
    CHECK(state < all && all < again && len_of(router) == 3);

    const mqc_bytes topic = TEXT("site/7/state");
    const mqc_route_match *found;
    size_t count = 0;
    for (int round = 0; round < 2; round++) {
        CHECK_STATUS(mqc_router_match(router, topic, matches, &found, &count), MQC_OK);
        CHECK(count == 3);
        unsigned seen = 0;
        for (size_t i = 0; i < count; i++) {
            CHECK(found[i].kind == MQC_ROUTE_MATCH && found[i].reserved == 0);
            for (size_t k = 0; k < found[i].capture_count; k++) {
                CHECK(inside(found[i].captures[k].value, topic.data, topic.len));
            }
            mqc_bytes value;
            if (found[i].id == state) {
                CHECK(found[i].handler == 10 && found[i].capture_count == 1);
                CHECK(is(found[i].captures[0].name, "number"));
                CHECK(is(found[i].captures[0].value, "7"));
                CHECK_STATUS(mqc_route_match_capture(&found[i], TEXT("number"), &value), MQC_OK);
                CHECK(is(value, "7"));
                CHECK_STATUS(mqc_route_match_capture(&found[i], TEXT("path"), &value), MQC_OK);
                CHECK(value.data == NULL && value.len == 0);
                seen |= 1;
            } else if (found[i].id == all) {
                CHECK(found[i].handler == 20 && found[i].capture_count == 1);
                CHECK(is(found[i].captures[0].name, "path"));
                CHECK(is(found[i].captures[0].value, "7/state"));
                seen |= 2;
            } else {
                CHECK(found[i].id == again && found[i].handler == 30);
                CHECK(found[i].capture_count == 2 && is(found[i].captures[0].name, "id"));
                CHECK(is(found[i].captures[1].name, "what"));
                CHECK(is(found[i].captures[1].value, "state"));
                seen |= 4;
            }
        }
        CHECK(seen == 7);
    }

    /* "#" stands for no level too, and for an empty one. */
    CHECK_STATUS(mqc_router_match(router, TEXT("site"), matches, &found, &count), MQC_OK);
    CHECK(count == 1 && found[0].id == all && found[0].capture_count == 0);
    CHECK(found[0].captures == NULL);
    mqc_bytes value;
    CHECK_STATUS(mqc_route_match_capture(&found[0], TEXT("path"), &value), MQC_OK);
    CHECK(value.data == NULL);
    CHECK_STATUS(mqc_router_match(router, TEXT("site/"), matches, &found, &count), MQC_OK);
    CHECK(count == 1 && found[0].capture_count == 1 && found[0].captures[0].value.len == 0);
    CHECK_STATUS(mqc_route_match_capture(&found[0], TEXT("path"), &value), MQC_OK);
    CHECK(value.data != NULL && value.len == 0);

    mqc_route_match best;
    CHECK_STATUS(mqc_router_most_specific(router, topic, matches, &best), MQC_OK);
    CHECK(best.kind == MQC_ROUTE_MATCH && best.id == state && best.capture_count == 1);
    CHECK(is(best.captures[0].value, "7"));

    /* None, or the fallback. */
    CHECK_STATUS(mqc_router_match(router, TEXT("other"), matches, &found, &count), MQC_OK);
    CHECK(count == 0);
    CHECK_STATUS(mqc_router_most_specific(router, TEXT("other"), matches, &best), MQC_OK);
    CHECK(best.kind == MQC_ROUTE_NONE && best.id == MQC_ROUTE_ID_NONE && best.captures == NULL);
    const uint64_t fallback = 99;
    uint8_t there = 7;
    uint64_t handler = 7;
    CHECK_STATUS(mqc_router_fallback(router, &there, &handler), MQC_OK);
    CHECK(there == 0 && handler == 0);
    CHECK_STATUS(mqc_router_set_fallback(router, &fallback), MQC_OK);
    CHECK_STATUS(mqc_router_fallback(router, &there, &handler), MQC_OK);
    CHECK(there == 1 && handler == 99 && len_of(router) == 3);
    CHECK_STATUS(mqc_router_match(router, TEXT("other"), matches, &found, &count), MQC_OK);
    CHECK(count == 1 && found[0].kind == MQC_ROUTE_FALLBACK && found[0].handler == 99);
    CHECK(found[0].id == MQC_ROUTE_ID_NONE && found[0].capture_count == 0);
    CHECK_STATUS(mqc_router_most_specific(router, TEXT("other"), matches, &best), MQC_OK);
    CHECK(best.kind == MQC_ROUTE_FALLBACK && best.handler == 99);
    CHECK_STATUS(mqc_router_match(router, topic, matches, &found, &count), MQC_OK);
    CHECK(count == 3);
    CHECK_STATUS(mqc_router_set_fallback(router, NULL), MQC_OK);
    CHECK_STATUS(mqc_router_match(router, TEXT("$SYS/x"), matches, &found, &count), MQC_OK);
    CHECK(count == 0);
    mqc_router_free(router);
    mqc_route_matches_free(matches);
}

static void routes(void) {
    mqc_router *router = new_router();
    mqc_route_matches *matches = new_matches();
    const mqc_route_id first = add(router, "a/{b}/{{c}}/{*d}", 1);
    const mqc_route_id second = add(router, "a/{x}/{{c}}/#", 2);
    const mqc_route_id third = add(router, "$share/team/jobs/{job}", 3);
    mqc_route route;
    CHECK_STATUS(mqc_router_get(router, first, &route), MQC_OK);
    CHECK(route.id == first && route.handler == 1);
    CHECK(is(route.pattern, "a/{b}/{{c}}/{*d}") && is(route.filter, "a/+/{c}/#"));
    CHECK_STATUS(mqc_router_get(router, third + 1, &route), MQC_OK);
    CHECK(route.id == MQC_ROUTE_ID_NONE && route.pattern.len == 0 && route.filter.len == 0);
    /* Captures of a shared route are those of what follows. */
    mqc_route_match best;
    CHECK_STATUS(mqc_router_most_specific(router, TEXT("jobs/7"), matches, &best), MQC_OK);
    CHECK(best.id == third && best.capture_count == 1 && is(best.captures[0].value, "7"));

    /* All routes in the order of adding, and what to subscribe to. */
    const mqc_route_id order[] = {first, second, third, MQC_ROUTE_ID_NONE};
    mqc_route_id at = MQC_ROUTE_ID_NONE;
    for (size_t i = 0; i < 4; i++) {
        CHECK_STATUS(mqc_router_next(router, at, &route), MQC_OK);
        CHECK(route.id == order[i]);
        at = route.id;
    }
    CHECK_STATUS(mqc_router_next_filter(router, MQC_ROUTE_ID_NONE, &route), MQC_OK);
    CHECK(route.id == first && is(route.filter, "a/+/{c}/#"));
    CHECK_STATUS(mqc_router_next_filter(router, first, &route), MQC_OK);
    CHECK(route.id == third && is(route.filter, "$share/team/jobs/+"));
    CHECK_STATUS(mqc_router_next_filter(router, third, &route), MQC_OK);
    CHECK(route.id == MQC_ROUTE_ID_NONE);

    mqc_route_id same[2] = {7, 7};
    size_t count = 7;
    CHECK_STATUS(mqc_router_filter_routes(router, TEXT("a/+/{c}/#"), same, 1, &count),
                 MQC_BUFFER_TOO_SMALL);
    CHECK(count == 2 && same[0] == 7);
    CHECK_STATUS(mqc_router_filter_routes(router, TEXT("a/+/{c}/#"), same, 2, &count), MQC_OK);
    CHECK(count == 2 && same[0] == first && same[1] == second);
    CHECK_STATUS(mqc_router_filter_routes(router, TEXT("a"), NULL, 0, &count), MQC_OK);
    CHECK(count == 0);

    uint8_t found = 7;
    uint64_t handler = 7;
    CHECK_STATUS(mqc_router_set_handler(router, second, 22, &found, &handler), MQC_OK);
    CHECK(found == 1 && handler == 2);
    CHECK_STATUS(mqc_router_remove(router, first, &found, &handler), MQC_OK);
    CHECK(found == 1 && handler == 1 && len_of(router) == 2);
    CHECK_STATUS(mqc_router_remove(router, first, &found, &handler), MQC_OK);
    CHECK(found == 0 && handler == 0);
    CHECK_STATUS(mqc_router_set_handler(router, first, 1, &found, &handler), MQC_OK);
    CHECK(found == 0);
    CHECK_STATUS(mqc_router_next_filter(router, MQC_ROUTE_ID_NONE, &route), MQC_OK);
    CHECK(route.id == second && route.handler == 22);
    CHECK(add(router, "a/{b}", 1) > third);
    CHECK_STATUS(mqc_router_remove(router, second, NULL, NULL), MQC_OK);
    const mqc_route_match *page;
    CHECK_STATUS(mqc_router_match(router, TEXT("a/b/{c}/d"), matches, &page, &count), MQC_OK);
    CHECK(count == 0);
    mqc_router_free(router);
    mqc_route_matches_free(matches);
}

static void refused(mqc_bytes pattern, mqc_status kind, size_t offset, const char *statement) {
    mqc_router *router = new_router();
    mqc_route_id id = 7;
    mqc_topic_error error = {0};
    CHECK_STATUS(mqc_router_add(router, pattern, 1, &id, &error), kind);
    CHECK(id == 7 && error.kind == kind && error.offset == offset && error.reserved == 0);
    CHECK(is(error.statement, statement));
    CHECK_STATUS(mqc_router_add(router, pattern, 1, NULL, NULL), kind);
    CHECK(len_of(router) == 0);
    mqc_router_free(router);
}

static void faults(void) {
    refused(TEXT("site-{number}/state"), MQC_ERR_ROUTE_BRACE, 5, "");
    refused(TEXT("a/{}"), MQC_ERR_ROUTE_NAME_EMPTY, 2, "");
    refused(TEXT("{a+}"), MQC_ERR_ROUTE_NAME_CHARACTER, 2, "");
    refused(TEXT("{room}/{room}"), MQC_ERR_ROUTE_NAME_TWICE, 8, "");
    refused(TEXT("{*path}/state"), MQC_ERR_ROUTE_REST_NOT_LAST, 0, "");
    refused(TEXT("{site}/#/state"), MQC_ERR_FILTER_MULTI_LEVEL, 7, "MQTT-4.7.1-1");
    refused(TEXT("{site}/a+"), MQC_ERR_FILTER_SINGLE_LEVEL, 8, "MQTT-4.7.1-2");
    refused(TEXT(""), MQC_ERR_FILTER_EMPTY, 0, "MQTT-4.7.3-1");
    refused(TEXT("$share/g"), MQC_ERR_SHARE_NAME, 0, "MQTT-4.8.2-2");
    refused(TEXT("a/\xFF"), MQC_ERR_UTF8, 2, "MQTT-1.5.4-1");

    mqc_router *router = new_router();
    mqc_route_matches *matches = new_matches();
    const mqc_bytes null = {NULL, 1};
    const mqc_route_match *page = NULL;
    mqc_route_match best = {.id = 77777};
    mqc_route route = {.id = 77777};
    mqc_bytes value = {NULL, 7};
    size_t count = 77777;
    uint8_t found = 7;
    CHECK_STATUS(mqc_router_new(NULL), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_router_add(NULL, TEXT("a"), 1, NULL, NULL), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_router_add(router, null, 1, NULL, NULL), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_router_remove(NULL, 1, &found, NULL), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_router_set_handler(NULL, 1, 1, &found, NULL), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_router_set_fallback(NULL, NULL), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_router_fallback(NULL, &found, NULL), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_router_len(NULL, &count), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_router_len(router, NULL), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_router_get(NULL, 1, &route), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_router_get(router, 1, NULL), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_router_next(NULL, 0, &route), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_router_next(router, 0, NULL), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_router_next_filter(NULL, 0, &route), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_router_next_filter(router, 0, NULL), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_router_filter_routes(NULL, TEXT("a"), NULL, 0, &count), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_router_filter_routes(router, null, NULL, 0, &count), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_router_filter_routes(router, TEXT("a"), NULL, 1, &count), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_router_filter_routes(router, TEXT("a"), NULL, 0, NULL), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_route_matches_new(NULL), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_router_match(NULL, TEXT("a"), matches, &page, &count), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_router_match(router, null, matches, &page, &count), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_router_match(router, TEXT("#"), matches, &page, &count),
                 MQC_ERR_TOPIC_WILDCARD);
    CHECK_STATUS(mqc_router_match(router, TEXT("a"), NULL, &page, &count), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_router_match(router, TEXT("a"), matches, NULL, &count), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_router_match(router, TEXT("a"), matches, &page, NULL), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_router_most_specific(NULL, TEXT("a"), matches, &best), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_router_most_specific(router, null, matches, &best), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_router_most_specific(router, TEXT("a"), NULL, &best), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_router_most_specific(router, TEXT("a"), matches, NULL), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_route_match_capture(NULL, TEXT("a"), &value), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_route_match_capture(&best, TEXT("a"), NULL), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_route_match_capture(&best, null, &value), MQC_NULL_POINTER);
    best.capture_count = 1;
    CHECK_STATUS(mqc_route_match_capture(&best, TEXT("a"), &value), MQC_NULL_POINTER);
    CHECK(page == NULL && best.id == 77777 && route.id == 77777 && count == 77777);
    CHECK(found == 7 && value.len == 7);
    mqc_route_matches_free(matches);
    mqc_route_matches_free(NULL);
    mqc_router_free(router);
    mqc_router_free(NULL);
}

int main(void) {
    captures();
    routes();
    faults();
    return EXIT_SUCCESS;
}
