/* The codec in a program that has nothing: no C library, no allocator, no operating system but the
 * call that ends it. What the codec needs is here, and there is no more of it. */
#include "mqtt_core.h"

/* What every compiler for C may call, even for a machine without anything. */
void *memcpy(void *restrict to, const void *restrict from, size_t len);
void *memmove(void *to, const void *from, size_t len);
void *memset(void *at, int byte, size_t len);
int memcmp(const void *a, const void *b, size_t len);
int bcmp(const void *a, const void *b, size_t len);
_Noreturn void abort(void);
_Noreturn void begin(void);

void *memcpy(void *restrict to, const void *restrict from, size_t len) {
    return memmove(to, from, len);
}

void *memmove(void *to, const void *from, size_t len) {
    /* Volatile, or the compiler would make a call of memmove of it. */
    volatile uint8_t *out = to;
    const volatile uint8_t *in = from;
    if ((uintptr_t)to < (uintptr_t)from) {
        for (size_t i = 0; i < len; i++) {
            out[i] = in[i];
        }
    } else {
        while (len-- > 0) {
            out[len] = in[len];
        }
    }
    return to;
}

void *memset(void *at, int byte, size_t len) {
    volatile uint8_t *out = at;
    while (len-- > 0) {
        out[len] = (uint8_t)byte;
    }
    return at;
}

int memcmp(const void *a, const void *b, size_t len) {
    const volatile uint8_t *left = a, *right = b;
    for (size_t i = 0; i < len; i++) {
        const int difference = left[i] - right[i];
        if (difference != 0) {
            return difference;
        }
    }
    return 0;
}

int bcmp(const void *a, const void *b, size_t len) {
    return memcmp(a, b, len);
}

static _Noreturn void leave(long code) {
    /* exit(code) of Linux on x86-64. */
    __asm__ volatile("syscall" : : "a"(60L), "D"(code) : "rcx", "r11", "memory");
    for (;;) {
    }
}

_Noreturn void abort(void) {
    leave(99);
}

/* PUBLISH of 5.0 with a property; the same bytes again when encoded. 0, or which check fails. */
static long check(void) {
    static const uint8_t wire[] = {0x32, 0x11, 0x00, 0x03, 'a', '/', 'b', 0x00, 0x0A, 0x07, 0x03,
                                   0x00, 0x04, 't',  'e',  'x', 't', 'h', 'i'};
    uint8_t out[64];
    size_t size = 0;
    mqc_packet packet;
    mqc_decode_error error;
    if (mqc_decode(wire, sizeof wire, MQC_VERSION_V5, NULL, &packet, &size, &error) != MQC_OK) {
        return 1;
    }
    mqc_property property;
    if (mqc_property_find(packet.body.publish.properties, MQC_PROPERTY_CONTENT_TYPE, &property) !=
            MQC_OK ||
        property.value.len != 4) {
        return 2;
    }
    if (mqc_encode(&packet, MQC_VERSION_V5, out, sizeof out, &size) != MQC_OK ||
        size != sizeof wire || memcmp(out, wire, size) != 0) {
        return 3;
    }
    if (mqc_decode(wire, 5, MQC_VERSION_V5, NULL, &packet, &size, &error) != MQC_NEED_MORE) {
        return 4;
    }
    char text[2048];
    if (mqc_inspect(wire, sizeof wire, MQC_VERSION_V5, NULL, MQC_INSPECT_WHOLE, text, sizeof text,
                    &size) != MQC_OK) {
        return 5;
    }
    uint8_t buffer[32];
    mqc_stream stream;
    mqc_stream_item item;
    mqc_bytes rest = {wire, sizeof wire};
    if (mqc_stream_init(&stream, buffer, sizeof buffer, MQC_VERSION_V5, NULL) != MQC_OK ||
        mqc_stream_next(&stream, &rest, &item, &error) != MQC_OK ||
        item.kind != MQC_STREAM_PACKET) {
        return 6;
    }
    return mqc_abi_version() == MQC_ABI_VERSION ? 0 : 7;
}

_Noreturn void begin(void) {
    /* The system does not align the stack as a call does. */
#ifdef __x86_64__
    __asm__ volatile("and $-16, %rsp");
#endif
    leave(check());
}
