/* Subscribes to a topic filter and prints the payloads of the messages that come, a line each.
 *
 *     mqc_sub -h localhost -t 'sensors/#' -q 1 -C 10
 *
 * -h host, -p port, -t topic filter, -q QoS, -i client identifier, -u user name, -P password,
 * -V version (5, 311, 31), -c to go on with the session that the server has, -C how many messages
 * to wait for; without it, until the server ends the connection.
 */
#define _POSIX_C_SOURCE 200809L
#include "mqc_net.h"

static const char USAGE[] = "mqc_sub -t filter [-h host] [-p port] [-q qos] [-i id] [-u user] "
                            "[-P password] [-V 5|311|31] [-c] [-C count]\n";

static void subscribe(mqc_client *session, const options *it) {
    mqc_subscription subscription = {0};
    subscription.filter = text(it->topic);
    subscription.qos = it->qos;
    must(mqc_client_subscribe(session, now_ms(), &subscription, 1, (mqc_bytes){0}, 1, NULL),
         "mqc_client_subscribe");
}

int main(int argc, char **argv) {
    const options it = parse(argc, argv, "h:p:t:q:i:u:P:V:cC:", USAGE);
    mqc_client *session = open_session(&it);
    const int fd = dial(&it);
    unsigned long found = 0;
    for (int is_open = 1; is_open;) {
        mqc_event event;
        turn(fd, session);
        do {
            must(mqc_client_poll_event(session, &event), "mqc_client_poll_event");
            switch (event.kind) {
            case MQC_EVENT_CONNECTED:
                subscribe(session, &it);
                break;
            case MQC_EVENT_SUBSCRIBED:
                if (event.body.subscribed.reason_codes.data[0] >= 0x80) {
                    fail("refused",
                         mqc_reason_code_name(event.body.subscribed.reason_codes.data[0],
                                              MQC_PACKET_SUBACK, it.version));
                }
                break;
            case MQC_EVENT_MESSAGE: {
                const mqc_bytes payload = event.body.message.publish.payload;
                if (it.count > 0 && found == it.count) {
                    break;
                }
                fwrite(payload.data, 1, payload.len, stdout);
                putchar('\n');
                fflush(stdout);
                if (++found == it.count) {
                    /* Its acknowledgement goes out before the goodbye. */
                    must(mqc_client_quiesce(session, now_ms(), NULL), "mqc_client_quiesce");
                }
                break;
            }
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
