/* Publishes a message and ends when the server has it.
 *
 *     mqc_pub -h localhost -t sensors/7 -m 21.5 -q 1
 *
 * -h host, -p port, -t topic, -m message, -q QoS, -r retain, -i client identifier, -u user name,
 * -P password, -V version (5, 311, 31).
 */
#define _POSIX_C_SOURCE 200809L
#include "mqc_net.h"

static const char USAGE[] = "mqc_pub -t topic -m message [-h host] [-p port] [-q qos] [-r] [-i id] "
                            "[-u user] [-P password] [-V 5|311|31]\n";

/* The connection is up: the message goes out, and behind it the goodbye. */
static void publish(mqc_client *session, const options *it) {
    mqc_publish publish = {0};
    publish.topic = text(it->topic);
    publish.payload = text(it->message);
    publish.qos = it->qos;
    publish.retain = it->retain;
    must(mqc_client_publish(session, now_ms(), &publish, 1, MQC_WHEN_FULL_QUEUE, NULL),
         "mqc_client_publish");
    must(mqc_client_quiesce(session, now_ms(), NULL), "mqc_client_quiesce");
}

int main(int argc, char **argv) {
    const options it = parse(argc, argv, "h:p:t:m:q:ri:u:P:V:", USAGE);
    mqc_client *session = open_session(&it);
    const int fd = dial(&it);
    for (int is_open = 1; is_open;) {
        mqc_event event;
        turn(fd, session);
        do {
            must(mqc_client_poll_event(session, &event), "mqc_client_poll_event");
            switch (event.kind) {
            case MQC_EVENT_CONNECTED:
                publish(session, &it);
                break;
            case MQC_EVENT_PUBLISHED:
                if (event.body.published.reason_code >= 0x80) {
                    fail("refused", mqc_reason_code_name(event.body.published.reason_code,
                                                         MQC_PACKET_PUBACK, it.version));
                }
                break;
            case MQC_EVENT_DROPPED:
                fail("dropped", "the server does not take the message");
            case MQC_EVENT_CLOSED:
                check_end(&event.body.closed, it.version);
                is_open = 0;
                break;
            default:
                break;
            }
        } while (event.kind != MQC_EVENT_NONE);
    }
    flush(fd, session);
    close(fd);
    mqc_client_free(session);
    return EXIT_SUCCESS;
}
