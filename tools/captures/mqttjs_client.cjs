"use strict";
// Conversations held by MQTT.js for the recorder: `mqttjs_client.cjs SCENE [3|5]`.

const mqtt = require("mqtt");

const [scene, version] = process.argv.slice(2);
const five = version === "5";
const host = "127.0.0.1";
const basics = {
  host,
  protocol: "mqtt",
  protocolVersion: five ? 5 : 4,
  reconnectPeriod: 0,
  reschedulePings: false,
};

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Collects messages; `reached(n)` resolves when there are n. */
function collect(client) {
  let count = 0;
  const waiters = [];
  client.on("message", () => {
    count += 1;
    for (const waiter of waiters) if (count >= waiter.wanted) waiter.resolve();
  });
  return (wanted) =>
    new Promise((resolve) => (count >= wanted ? resolve() : waiters.push({ wanted, resolve })));
}

async function sessionV311() {
  const client = await mqtt.connectAsync({
    ...basics,
    clientId: "mqttjs-311",
    username: "js",
    password: Buffer.from([0, 255, 1, 254]),
    keepalive: 0,
    will: { topic: "js/will", payload: Buffer.from("never seen"), qos: 1, retain: false },
  });
  const reached = collect(client);
  await client.subscribeAsync({ "js/v311/+": { qos: 2 }, "js/日本/#": { qos: 1 } });
  await client.publishAsync("js/v311/zero", "qos 0 by MQTT.js");
  await client.publishAsync("js/v311/one", "qos 1 by MQTT.js", { qos: 1 });
  await client.publishAsync("js/v311/two", "qos 2 by MQTT.js", { qos: 2 });
  await client.publishAsync("js/日本/東京", "こんにちは", { qos: 1, retain: true });
  await client.publishAsync("js/v311/empty", "", { qos: 2 });
  await reached(5);
  await client.publishAsync("js/日本/東京", "", { qos: 0, retain: true });
  await client.unsubscribeAsync(["js/v311/+", "js/日本/#"]);
  await client.endAsync();
}

async function sessionV5() {
  const client = await mqtt.connectAsync({
    ...basics,
    clientId: "mqttjs-5",
    clean: true,
    keepalive: 300,
    autoAssignTopicAlias: true,
    properties: {
      sessionExpiryInterval: 120,
      receiveMaximum: 20,
      maximumPacketSize: 100000,
      topicAliasMaximum: 10,
      requestResponseInformation: true,
      requestProblemInformation: true,
      userProperties: { library: "MQTT.js", many: ["one", "two", "three"] },
    },
    will: {
      topic: "js/will",
      payload: Buffer.from("never seen"),
      qos: 2,
      retain: true,
      properties: {
        willDelayInterval: 10,
        payloadFormatIndicator: true,
        messageExpiryInterval: 60,
        contentType: "text/plain; charset=utf-8",
        responseTopic: "js/will/response",
        correlationData: Buffer.from("will"),
        userProperties: { who: "MQTT.js" },
      },
    },
  });
  const reached = collect(client);
  await client.subscribeAsync("js/v5/#", {
    qos: 2,
    nl: false,
    rap: true,
    rh: 1,
    properties: { subscriptionIdentifier: 127, userProperties: { why: "one-byte identifier" } },
  });
  await client.subscribeAsync("js/v5/deep/+", {
    qos: 1,
    properties: { subscriptionIdentifier: 16384 },
  });
  const properties = {
    payloadFormatIndicator: true,
    messageExpiryInterval: 3600,
    contentType: "application/json",
    responseTopic: "js/v5/answers",
    correlationData: Buffer.from([1, 2, 3, 0, 255]),
    userProperties: { straße: "größer", list: ["a", "b"] },
  };
  const body = JSON.stringify({ n: 1, text: "żółć" });
  for (const qos of [0, 1, 2]) {
    await client.publishAsync("js/v5/full", body, { qos, properties });
  }
  // The library gives each topic an alias at its first use and sends the alias alone afterwards.
  for (let turn = 0; turn < 4; turn += 1) {
    await client.publishAsync("js/v5/deep/aliased", `turn ${turn}`, { qos: turn % 3 });
  }
  await client.publishAsync("js/v5/retained", "kept", { qos: 1, retain: true });
  await client.publishAsync("js/v5/retained", "", { qos: 1, retain: true });
  await reached(9);
  await client.unsubscribeAsync(["js/v5/#", "js/v5/deep/+", "js/v5/not/there"], {
    properties: { userProperties: { why: "done" } },
  });
  await client.endAsync(false, {
    reasonCode: 4,
    properties: { sessionExpiryInterval: 0, reasonString: "publish my will", userProperties: { a: "b" } },
  });
}

async function will() {
  await mqtt.connectAsync({
    ...basics,
    clientId: `mqttjs-dies-${version}`,
    will: {
      topic: "wills/mqttjs",
      payload: Buffer.from("MQTT.js is gone"),
      qos: 2,
      retain: false,
      ...(five && { properties: { contentType: "text/plain", userProperties: { lib: "MQTT.js" } } }),
    },
  });
  process.kill(process.pid, "SIGKILL");
}

async function keepalive() {
  const client = await mqtt.connectAsync({
    ...basics,
    clientId: `mqttjs-idle-${version}`,
    keepalive: 5,
  });
  await sleep(7500);
  await client.endAsync();
}

const METHOD = "DEMO-REVERSE";

function reversed(bytes) {
  return Buffer.from(bytes).reverse();
}

async function auth(wrong) {
  const client = mqtt.connect({
    ...basics,
    port: 1886,
    manualConnect: true,
    clientId: wrong ? "mqttjs-auth-wrong" : "mqttjs-auth",
    properties: { authenticationMethod: METHOD, authenticationData: Buffer.from("hello") },
  });
  let finished;
  const again = new Promise((resolve) => (finished = resolve));
  client.handleAuth = (packet, callback) => {
    if (packet.reasonCode === 0) {
      finished();
      callback();
      return;
    }
    const data = packet.properties.authenticationData;
    callback(undefined, {
      cmd: "auth",
      reasonCode: 0x18,
      properties: {
        authenticationMethod: METHOD,
        authenticationData: wrong ? Buffer.from("no idea") : reversed(data),
      },
    });
  };
  const connected = new Promise((resolve, reject) => {
    client.once("connect", resolve);
    client.once("error", reject);
  });
  client.connect();
  if (wrong) {
    await connected.then(
      () => Promise.reject(new Error("the broker accepted a wrong answer")),
      () => undefined,
    );
    await client.endAsync(true);
    return;
  }
  await connected;
  await client.publishAsync("auth/first", "authenticated", { qos: 1 });
  client._sendPacket({
    cmd: "auth",
    reasonCode: 0x19,
    properties: {
      authenticationMethod: METHOD,
      authenticationData: Buffer.from("hello again"),
      reasonString: "once more",
      userProperties: { round: "2" },
    },
  });
  await again;
  await client.publishAsync("auth/second", "authenticated again", { qos: 1 });
  await client.endAsync();
}

async function unknownMethod() {
  const client = mqtt.connect({
    ...basics,
    port: 1886,
    clientId: "mqttjs-auth-unknown",
    properties: { authenticationMethod: "NO-SUCH-METHOD" },
  });
  await new Promise((resolve) => client.once("error", resolve));
  await client.endAsync(true);
}

const scenes = {
  session: () => (five ? sessionV5() : sessionV311()),
  will,
  keepalive,
  auth: async () => {
    await auth(false);
    await auth(true);
    await unknownMethod();
  },
};

const watchdog = setTimeout(() => {
  console.error(`mqttjs ${scene} ${version}: no end after 30 seconds`);
  process.exit(1);
}, 30000);

scenes[scene]().then(
  () => clearTimeout(watchdog),
  (error) => {
    console.error(`mqttjs ${scene} ${version}: ${error.stack}`);
    process.exit(1);
  },
);
