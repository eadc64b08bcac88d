/*
 * A mosquitto plugin with one authentication method, DEMO-REVERSE, so that a capture can hold
 * AUTH packets: the server sends a challenge, the client answers with its bytes reversed. It also
 * refuses subscriptions under "closed/", which mosquitto's own access lists let pass in silence.
 */
#include <stdint.h>
#include <string.h>

#include <mosquitto.h>
#include <mosquitto_broker.h>
#include <mosquitto_plugin.h>

static const char method[] = "DEMO-REVERSE";
static const char challenge[] = "stressed-0123";
static const char welcome[] = "welcome";

static mosquitto_plugin_id_t *plugin;

/* The broker frees data_out with its own allocator, so the copy has to come from there. */
static int reply(struct mosquitto_evt_extended_auth *event, const char *text, int status)
{
    size_t length = strlen(text);
    event->data_out = mosquitto_malloc(length);
    if (event->data_out == NULL) {
        return MOSQ_ERR_NOMEM;
    }
    memcpy(event->data_out, text, length);
    event->data_out_len = (uint16_t)length;
    return status;
}

static int on_start(int kind, void *data, void *user)
{
    (void)kind;
    (void)user;
    struct mosquitto_evt_extended_auth *event = data;
    if (strcmp(event->auth_method, method) != 0) {
        return MOSQ_ERR_NOT_SUPPORTED;
    }
    return reply(event, challenge, MOSQ_ERR_AUTH_CONTINUE);
}

static int on_continue(int kind, void *data, void *user)
{
    (void)kind;
    (void)user;
    struct mosquitto_evt_extended_auth *event = data;
    const char *answer = event->data_in;
    size_t length = strlen(challenge);
    if (answer == NULL || event->data_in_len != length) {
        return MOSQ_ERR_AUTH;
    }
    for (size_t i = 0; i < length; i++) {
        if (answer[i] != challenge[length - 1 - i]) {
            return MOSQ_ERR_AUTH;
        }
    }
    return reply(event, welcome, MOSQ_ERR_SUCCESS);
}

static int on_access(int kind, void *data, void *user)
{
    (void)kind;
    (void)user;
    const struct mosquitto_evt_acl_check *event = data;
    int closed = strncmp(event->topic, "closed/", 7) == 0;
    return event->access == MOSQ_ACL_SUBSCRIBE && closed ? MOSQ_ERR_ACL_DENIED : MOSQ_ERR_SUCCESS;
}

int mosquitto_plugin_version(int count, const int *versions)
{
    for (int i = 0; i < count; i++) {
        if (versions[i] == MOSQ_PLUGIN_VERSION) {
            return MOSQ_PLUGIN_VERSION;
        }
    }
    return -1;
}

int mosquitto_plugin_init(mosquitto_plugin_id_t *id, void **user, struct mosquitto_opt *options,
                          int count)
{
    (void)user;
    (void)options;
    (void)count;
    plugin = id;
    int status = mosquitto_callback_register(plugin, MOSQ_EVT_EXT_AUTH_START, on_start, NULL, NULL);
    if (status != MOSQ_ERR_SUCCESS) {
        return status;
    }
    status = mosquitto_callback_register(plugin, MOSQ_EVT_EXT_AUTH_CONTINUE, on_continue, NULL, NULL);
    if (status != MOSQ_ERR_SUCCESS) {
        return status;
    }
    return mosquitto_callback_register(plugin, MOSQ_EVT_ACL_CHECK, on_access, NULL, NULL);
}

int mosquitto_plugin_cleanup(void *user, struct mosquitto_opt *options, int count)
{
    (void)user;
    (void)options;
    (void)count;
    mosquitto_callback_unregister(plugin, MOSQ_EVT_EXT_AUTH_START, on_start, NULL);
    mosquitto_callback_unregister(plugin, MOSQ_EVT_EXT_AUTH_CONTINUE, on_continue, NULL);
    mosquitto_callback_unregister(plugin, MOSQ_EVT_ACL_CHECK, on_access, NULL);
    return MOSQ_ERR_SUCCESS;
}
