/* What the tests share: a check that ends the program, and packets to look at. */
#ifndef CHECK_H
#define CHECK_H

#include "mqtt_core.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                        \
            exit(EXIT_FAILURE);                                                                    \
        }                                                                                          \
    } while (0)

#define CHECK_STATUS(call, expected)                                                               \
    do {                                                                                           \
        const mqc_status status_ = (call);                                                         \
        if (status_ != (expected)) {                                                               \
            fprintf(stderr, "%s:%d: %s gives %s, not %s\n", __FILE__, __LINE__, #call,             \
                    mqc_status_name(status_), #expected);                                          \
            exit(EXIT_FAILURE);                                                                    \
        }                                                                                          \
    } while (0)

/* A view of a string literal. */
#define TEXT(literal) ((mqc_bytes){(const uint8_t *)(literal), sizeof(literal) - 1})

static inline int equal(mqc_bytes a, mqc_bytes b) {
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

/* True if the view lies inside the buffer. */
static inline int inside(mqc_bytes view, const uint8_t *data, size_t len) {
    return view.data >= data && view.data + view.len <= data + len;
}

/* PUBLISH of 3.1.1: topic "a/b", QoS 1, packet id 10, payload "hi". */
static const uint8_t PUBLISH_V311[] = {
    0x32, 0x09,                    /* PUBLISH, QoS 1; 9 bytes follow */
    0x00, 0x03, 'a', '/', 'b',     /* topic */
    0x00, 0x0A,                    /* packet id */
    'h', 'i',                      /* payload */
};

/* PUBLISH of 5.0: DUP, QoS 2, RETAIN, topic "t", packet id 258, seven properties, payload "x\0y". */
static const uint8_t PUBLISH_V5[] = {
    0x3D, 0x3A,                                 /* DUP, QoS 2, RETAIN; 58 bytes follow */
    0x00, 0x01, 't',                            /* topic */
    0x01, 0x02,                                 /* packet id */
    0x31,                                       /* 49 bytes of properties */
    0x01, 0x01,                                 /* payload format indicator */
    0x02, 0x00, 0x01, 0x51, 0x80,               /* message expiry interval: 86,400 s */
    0x26, 0x00, 0x01, 'k', 0x00, 0x02, 'v', '1', /* user property */
    0x03, 0x00, 0x0A, 't', 'e', 'x', 't', '/', 'p', 'l', 'a', 'i', 'n', /* content type */
    0x09, 0x00, 0x02, 0x00, 0xFF,               /* correlation data */
    0x0B, 0x80, 0x01,                           /* subscription identifier 128 */
    0x26, 0x00, 0x01, 'k', 0x00, 0x02, 'v', '2', /* user property, same name */
    0x08, 0x00, 0x02, 'r', 'e',                 /* response topic */
    'x', 0x00, 'y',                             /* payload */
};

#endif
