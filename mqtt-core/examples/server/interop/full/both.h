/* Scenarios that are the same with both clients. What comes before has `peer` with `received` and `taken`, WAIT,
 * `connect_new`, `subscribe`, `publish_with`, `gets` and `gets_nothing`. */

static int publish(peer *self, const char *topic, const char *text, int qos) {
    return publish_with(self, topic, text, (int)strlen(text), qos, false, NULL);
}

static void all_qos(int version) {
    const char *topic = fresh("t"), *filter = joined(topic, "/+"), *name = joined(topic, "/a");
    peer *sender = connect_new(version), *receivers[3];
    for (int granted = 0; granted < 3; ++granted) {
        receivers[granted] = connect_new(version);
        expect("SUBACK", subscribe(receivers[granted], filter, granted), granted);
    }
    for (int qos = 0; qos < 3; ++qos) {
        expect("acknowledgement", publish(sender, name, "hello", qos), 0);
        for (int granted = 0; granted < 3; ++granted) gets(receivers[granted], name, "hello", qos < granted ? qos : granted, false);
    }
}

static void retained(int version) {
    const char *topic = fresh("r");
    peer *sender = connect_new(version), *live = connect_new(version), *late = connect_new(version), *later = connect_new(version);
    subscribe(live, topic, 1);
    publish_with(sender, topic, "kept", 4, 1, true, NULL);
    gets(live, topic, "kept", 1, false);
    subscribe(late, topic, 1);
    gets(late, topic, "kept", 1, true);
    publish_with(sender, topic, NULL, 0, 1, true, NULL);
    gets(live, topic, "", 1, false);
    subscribe(later, topic, 1);
    gets_nothing(later);
}

static void shared(int version) {
    const char *topic = fresh("s");
    peer *members[2], *sender = connect_new(version);
    for (int at = 0; at < 2; ++at) {
        members[at] = connect_new(version);
        subscribe(members[at], joined("$share/group/", topic), 1);
    }
    for (int at = 0; at < 20; ++at) publish(sender, topic, "x", 1);
    WAIT("messages to the group", members[0]->received + members[1]->received == 20);
    if (members[0]->received == 0 || members[1]->received == 0) fail("expected some for each, came %d for the first", members[0]->received);
    for (int at = 0; at < 2; ++at) {
        members[at]->taken = members[at]->received;
        gets_nothing(members[at]);
    }
}

static void acl(int version) {
    peer *self = connect_new(version), *watcher = connect_new(version);
    subscribe(watcher, "forbidden/#", 2);
    /* Before 5.0 it is acknowledged, and goes nowhere. */
    for (int qos = 1; qos < 3; ++qos) expect("acknowledgement", publish(self, "forbidden/a", "x", qos), version == 5 ? 0x87 : 0);
    gets_nothing(watcher);
    /* 3.1 has no code for it: QoS 0 is said, and nothing comes. */
    expect("SUBACK", subscribe(self, "secret/a", 1), version == 5 ? 0x87 : version == 4 ? 0x80 : 0);
    publish(watcher, "secret/a", "x", 1);
    gets_nothing(self);
}
