// Scenarios of MQTT.js; programs.py says how they are run. NODE_PATH says where it is.
'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const mqtt = require('mqtt')
const mqttPacket = require('mqtt-packet')

const PATIENCE = 10_000
const { MQC_PREFIX: PREFIX = '' } = process.env
const scenarios = new Map()

const VERSIONS = { v31: { protocolId: 'MQIsdp', protocolVersion: 3 }, v311: { protocolVersion: 4 }, v5: { protocolVersion: 5 } }

/// A scenario for each of some versions.
function scenario (name, versions, play) {
  for (const version of versions) scenarios.set(`${version} ${name}`, () => play(version))
}
const ALL = Object.keys(VERSIONS)

let number = 0
const fresh = (what) => `${PREFIX}${what}${++number}`

function expect (what, came, expected) {
  assert.deepEqual(came, expected, `${what}: expected ${show(expected)}, came ${show(came)}`)
}
const show = (value) => JSON.stringify(value)?.slice(0, 600)

/// The value of a promise that has it soon.
function soon (what, promise) {
  let timer
  const late = new Promise((resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: expected, did not come`)), PATIENCE)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

/// What comes, to be taken in its order.
class Queue {
  #items = []
  #waiting = []
  put (item) {
    const taker = this.#waiting.shift()
    if (taker) taker(item)
    else this.#items.push(item)
  }

  take (what) {
    if (this.#items.length > 0) return Promise.resolve(this.#items.shift())
    return soon(what, new Promise((resolve) => this.#waiting.push(resolve)))
  }

  all () {
    return this.#items.splice(0)
  }
}

const peers = []

class Peer {
  messages = new Queue()
  ends = new Queue()

  constructor (version, clientId = fresh('peer'), options = {}) {
    const url = options.url ?? `mqtt://127.0.0.1:${process.env.MQC_PORT}`
    this.version = version
    this.name = clientId
    this.client = mqtt.connect(url, { reconnectPeriod: 0, clientId, ...VERSIONS[version], ...options })
    peers.push(this)
    let code = -1
    this.client.on('message', (topic, payload, packet) => this.messages.put({ topic, payload, packet }))
    this.client.on('disconnect', (packet) => { code = packet.reasonCode })
    this.client.on('close', () => this.ends.put(code))
    this.connack = new Promise((resolve, reject) => {
      this.client.on('connect', resolve)
      this.client.on('error', reject)
      this.client.on('close', () => reject(new Error('the connection ended')))
    })
    this.connack.catch(() => {})
  }

  static async connect (version, clientId, options) {
    const peer = new Peer(version, clientId, options)
    peer.hello = await soon('CONNACK', peer.connack)
    return peer
  }

  /// The codes of SUBACK.
  subscribe (topic, qos, options = {}) {
    const answer = new Promise((resolve) => {
      this.client.subscribe(topic, { qos, ...options }, (error, granted, packet) => resolve(packet?.granted ?? error))
    })
    return soon('SUBACK', answer)
  }

  /// The code of the acknowledgement.
  publish (topic, payload, qos = 0, options = {}) {
    const answer = new Promise((resolve, reject) => {
      this.client.publish(topic, payload, { qos, ...options }, (error) => {
        if (error && error.code === undefined) reject(error)
        else resolve(error?.code ?? 0)
      })
    })
    return soon('acknowledgement', answer)
  }

  async gets (topic, payload, qos, retain = false) {
    const came = await this.messages.take(`message to ${this.name}`)
    const { packet } = came
    expect(`message to ${this.name}`, [came.topic, packet.qos, packet.retain], [topic, qos, retain])
    assert(came.payload.equals(Buffer.from(payload)), `payload: expected ${payload.length} bytes, came ${came.payload.length}: ${came.payload.subarray(0, 80)}`)
    return packet
  }

  /// Fails if a message has come. What the server had for it came before the answer to this.
  async getsNothing () {
    await this.subscribe(fresh('fence'), 0)
    expect(`messages to ${this.name}`, this.messages.all().map(({ topic }) => topic), [])
  }

  ended () {
    return this.ends.take('the end of the connection')
  }

  async leave (options = {}) {
    this.client.end(false, options)
    await this.ended()
  }

  async cut () {
    this.client.stream.destroy()
    await this.ended()
  }
}

/// What the server sends to a peer of 5.0 from now on, also what MQTT.js has not looked at yet.
function tap (peer) {
  const packets = new Queue()
  const parser = mqttPacket.parser({ protocolVersion: 5 })
  parser.on('packet', (packet) => packets.put(packet))
  peer.client.stream.on('data', (chunk) => parser.parse(chunk))
  return packets
}

/// Fails unless the server does not let the client in.
async function refused (peer) {
  const late = 'it is let in, or told nothing'
  const timer = new Promise((resolve) => setTimeout(resolve, PATIENCE, late).unref())
  const came = await Promise.race([peer.connack.then(() => late, () => 'refused'), timer])
  expect('connecting', came, 'refused')
}

const staying = (version) => ({ clean: false, ...(version === 'v5' && { properties: { sessionExpiryInterval: 100 } }) })

for (const qos of [0, 1, 2]) {
  scenario(`qos ${qos}`, ALL, async (version) => {
    const topic = fresh('t')
    const receivers = []
    for (const granted of [0, 1, 2]) {
      const receiver = await Peer.connect(version)
      expect('SUBACK', await receiver.subscribe(`${topic}/+`, granted), [granted])
      receivers.push(receiver)
    }
    const sender = await Peer.connect(version)
    expect('acknowledgement', await sender.publish(`${topic}/a`, 'hello', qos), 0)
    for (const [granted, receiver] of receivers.entries()) {
      await receiver.gets(`${topic}/a`, 'hello', Math.min(qos, granted))
      await receiver.getsNothing()
    }
  })

  scenario(`many in flight, qos ${qos}`, ALL, async (version) => {
    const topic = fresh('t')
    const receiver = await Peer.connect(version)
    await receiver.subscribe(topic, qos)
    const sender = await Peer.connect(version)
    // MQTT.js does not look at the server's Receive Maximum: a hundred at a time.
    for (let from = 0; from < 500; from += 100) {
      const some = Array.from({ length: 100 }, (_, at) => sender.publish(topic, String(from + at), qos))
      await Promise.all(some)
    }
    for (let at = 0; at < 500; at++) await receiver.gets(topic, String(at), qos)
    await receiver.getsNothing()
  })
}

scenario('large and empty payloads', ALL, async (version) => {
  const topic = fresh('t')
  const peer = await Peer.connect(version)
  await peer.subscribe(topic, 2)
  for (const qos of [0, 1, 2]) {
    for (const payload of [Buffer.alloc(0), Buffer.alloc((1 << 20) - 100, 'abc')]) {
      await peer.publish(topic, payload, qos)
      await peer.gets(topic, payload, qos)
    }
  }
})

scenario('retained', ALL, async (version) => {
  const topic = fresh('r')
  const [sender, live, late, later] = await Promise.all([1, 2, 3, 4].map(() => Peer.connect(version)))
  await live.subscribe(topic, 1)
  await sender.publish(topic, 'kept', 1, { retain: true })
  await live.gets(topic, 'kept', 1)
  await late.subscribe(topic, 1)
  await late.gets(topic, 'kept', 1, true)
  await sender.publish(topic, '', 1, { retain: true })
  await live.gets(topic, '', 1)
  await later.subscribe(topic, 1)
  await later.getsNothing()
})

scenario('will', ALL, async (version) => {
  const topic = fresh('w')
  const watcher = await Peer.connect(version)
  await watcher.subscribe(topic, 2)
  const will = { topic, payload: Buffer.from('gone'), qos: 2, retain: true }
  const polite = await Peer.connect(version, undefined, { will })
  await polite.leave()
  await watcher.getsNothing()
  const dying = await Peer.connect(version, undefined, { will })
  await dying.cut()
  await watcher.gets(topic, 'gone', 2)
  const late = await Peer.connect(version)
  await late.subscribe(topic, 2)
  await late.gets(topic, 'gone', 2, true)
})

scenario('will delay', ['v5'], async (version) => {
  const topic = fresh('w')
  const watcher = await Peer.connect(version)
  await watcher.subscribe(`${topic}/+`, 1)
  const dies = async (name) => {
    const will = { topic: `${topic}/${name}`, payload: Buffer.from(name), qos: 1, properties: { willDelayInterval: 2, contentType: 'x' } }
    const peer = await Peer.connect(version, `${topic}${name}`, { ...staying(version), will })
    await peer.cut()
  }
  await dies('returns')
  await Peer.connect(version, `${topic}returns`, staying(version))
  const began = performance.now()
  await dies('away')
  const packet = await watcher.gets(`${topic}/away`, 'away', 1)
  expect('properties', packet.properties, { contentType: 'x' })
  const took = performance.now() - began
  assert(took > 1900, `expected two seconds, came after ${took} ms`)
  // That of the other one would have come before.
  await watcher.getsNothing()
})

scenario('session resumes', ALL, async (version) => {
  const topic = fresh('t')
  const name = fresh('anna')
  const away = await Peer.connect(version, name, staying(version))
  await away.subscribe(topic, 2)
  await away.leave()
  const sender = await Peer.connect(version)
  for (let at = 0; at < 20; at++) await sender.publish(topic, String(at), 2)
  const back = await Peer.connect(version, name, staying(version))
  // 3.1 has no such flag.
  expect('session present', back.hello.sessionPresent, version !== 'v31')
  for (let at = 0; at < 20; at++) await back.gets(topic, String(at), 2)
  await back.getsNothing()
  await back.leave()
  await sender.publish(topic, 'lost', 2)
  const clean = await Peer.connect(version, name, { clean: true })
  expect('session present', clean.hello.sessionPresent, false)
  await clean.getsNothing()
})

scenario('client reconnects by itself', ['v311', 'v5'], async (version) => {
  const topic = fresh('t')
  const peer = await Peer.connect(version, undefined, { ...staying(version), reconnectPeriod: 50, resubscribe: false })
  await peer.subscribe(topic, 1)
  const again = new Promise((resolve) => peer.client.once('connect', resolve))
  await peer.cut()
  const sender = await Peer.connect(version)
  await sender.publish(topic, 'x', 1)
  expect('session present', (await soon('CONNACK', again)).sessionPresent, true)
  await peer.gets(topic, 'x', 1)
})

scenario('shared subscription', ALL, async (version) => {
  const topic = fresh('s')
  const [one, two, alone, sender] = await Promise.all([1, 2, 3, 4].map(() => Peer.connect(version)))
  for (const member of [one, two]) expect('SUBACK', await member.subscribe(`$share/group/${topic}`, 1), [1])
  await alone.subscribe(topic, 1)
  for (let at = 0; at < 20; at++) await sender.publish(topic, String(at), 1)
  for (let at = 0; at < 20; at++) await alone.gets(topic, String(at), 1)
  const parts = []
  for (const member of [one, two]) {
    await member.subscribe(fresh('fence'), 0)
    parts.push(member.messages.all().map(({ payload }) => Number(payload)))
  }
  expect('all messages once', parts.flat().sort((a, b) => a - b), Array.from({ length: 20 }, (_, at) => at))
  assert(parts.every((part) => part.length > 0), `expected some for each, came ${show(parts)}`)
})

scenario('subscription identifiers', ['v5'], async (version) => {
  const topic = fresh('t')
  const peer = await Peer.connect(version)
  await peer.subscribe(`${topic}/#`, 1, { properties: { subscriptionIdentifier: 7 } })
  await peer.subscribe(`${topic}/a`, 2, { properties: { subscriptionIdentifier: 268435455 } })
  await peer.publish(`${topic}/a`, 'both', 2)
  const both = await peer.gets(`${topic}/a`, 'both', 2)
  expect('both', [both.properties.subscriptionIdentifier].flat().sort(), [268435455, 7])
  await peer.publish(`${topic}/b`, 'one', 2)
  const one = await peer.gets(`${topic}/b`, 'one', 1)
  expect('one', one.properties.subscriptionIdentifier, 7)
})

scenario('no local, retain as published, retain handling', ['v5'], async (version) => {
  const topic = fresh('t')
  const [peer, other] = await Promise.all([1, 2].map(() => Peer.connect(version)))
  await peer.subscribe(topic, 1, { nl: true })
  await other.subscribe(topic, 1, { rap: true })
  await peer.publish(topic, 'x', 1, { retain: true })
  await other.gets(topic, 'x', 1, true)
  await peer.getsNothing()
  await peer.subscribe(topic, 1, { rh: 2 })
  await peer.subscribe(topic, 1, { rh: 1 })
  await peer.getsNothing()
  await peer.subscribe(topic, 1, { rh: 0 })
  await peer.gets(topic, 'x', 1, true)
})

scenario('properties unchanged', ['v5'], async (version) => {
  const topic = fresh('t')
  const peer = await Peer.connect(version)
  await peer.subscribe(topic, 2)
  const properties = {
    payloadFormatIndicator: true,
    contentType: 'text/plain; über',
    responseTopic: 'reply/€',
    correlationData: Buffer.from([0, 1, 255]),
    userProperties: { b: ['2', '3'], a: '1', 世: '界' }
  }
  for (const qos of [0, 1, 2]) {
    await peer.publish(topic, 'x', qos, { properties })
    const packet = await peer.gets(topic, 'x', qos)
    expect('properties', { ...packet.properties, userProperties: { ...packet.properties.userProperties } }, properties)
  }
})

scenario('message expiry', ['v5'], async (version) => {
  const topic = fresh('t')
  const peer = await Peer.connect(version)
  await peer.publish(topic, 'x', 1, { retain: true, properties: { messageExpiryInterval: 1 } })
  await peer.publish(`${topic}/long`, 'y', 1, { retain: true, properties: { messageExpiryInterval: 1000 } })
  const began = performance.now()
  let left
  do {
    assert(performance.now() - began < PATIENCE, 'expected that it goes away, it is still there')
    await peer.subscribe(topic, 1)
    await peer.subscribe(fresh('fence'), 0)
    left = peer.messages.all()
  } while (left.length > 0)
  await peer.subscribe(`${topic}/long`, 1)
  const { messageExpiryInterval } = (await peer.gets(`${topic}/long`, 'y', 1, true)).properties
  assert(messageExpiryInterval > 980 && messageExpiryInterval < 1000, `expected less than 1000, came ${messageExpiryInterval}`)
})

scenario('topic aliases of the client', ['v5'], async (version) => {
  const topics = [fresh('t'), fresh('t'), fresh('t')]
  const receiver = await Peer.connect(version)
  for (const topic of topics) await receiver.subscribe(topic, 1)
  for (const option of ['autoAssignTopicAlias', 'autoUseTopicAlias']) {
    const sender = await Peer.connect(version, undefined, { [option]: true })
    for (let at = 0; at < 12; at++) {
      const topic = topics[at % 3]
      // Without the first option aliases are the application's to set.
      const properties = option === 'autoUseTopicAlias' && at < 3 ? { topicAlias: 1 + at } : undefined
      await sender.publish(topic, String(at), 1, { properties })
      await receiver.gets(topic, String(at), 1)
    }
  }
})

scenario('topic aliases of the server', ['v5'], async (version) => {
  const topics = [fresh('t'), fresh('t'), fresh('t')]
  const receiver = await Peer.connect(version, undefined, { properties: { topicAliasMaximum: 2 } })
  for (const topic of topics) await receiver.subscribe(topic, 1)
  // MQTT.js has restored the topic when it hands a message on.
  let withoutTopic = 0
  receiver.client.on('packetreceive', ({ cmd, topic, properties }) => {
    if (cmd !== 'publish') return
    withoutTopic += topic === ''
    assert([undefined, 1, 2].includes(properties?.topicAlias), `came alias ${properties?.topicAlias}`)
  })
  const sender = await Peer.connect(version)
  for (let at = 0; at < 30; at++) {
    const topic = topics[at < 15 ? at % 3 : 0]
    await sender.publish(topic, String(at), 1)
    await receiver.gets(topic, String(at), 1)
  }
  assert(withoutTopic > 10, `expected aliases without topics, came ${withoutTopic}`)
})

scenario('topic alias that is too large', ['v5'], async (version) => {
  const peer = await Peer.connect(version)
  // PUBLISH of QoS 0 to `t` with alias 11. MQTT.js would refuse it itself.
  peer.client.stream.write(Buffer.from([0x30, 0x07, 0x00, 0x01, 0x74, 0x03, 0x23, 0x00, 0x0b]))
  expect('DISCONNECT', await peer.ended(), 0x94)
})

scenario('receive maximum of the client', ['v5'], async (version) => {
  const topic = fresh('t')
  const held = new Queue()
  const customHandleAcks = (topic, payload, packet, acknowledge) => held.put(acknowledge)
  const properties = { receiveMaximum: 2 }
  const receiver = await Peer.connect(version, undefined, { properties, customHandleAcks })
  await receiver.subscribe(topic, 1)
  // MQTT.js looks at one message at a time.
  const packets = tap(receiver)
  const sender = await Peer.connect(version)
  for (let at = 0; at < 6; at++) await sender.publish(topic, String(at), 1)
  /// What has come before the answer to a question that is asked now.
  const came = async () => {
    receiver.client.subscribe(fresh('fence'), { qos: 0 })
    const payloads = []
    for (;;) {
      const { cmd, payload } = await packets.take('SUBACK')
      if (cmd === 'suback') return payloads
      if (cmd === 'publish') payloads.push(String(payload))
    }
  }
  expect('before any acknowledgement', await came(), ['0', '1'])
  for (const next of ['2', '3', '4', '5']) {
    const acknowledge = await held.take('a message')
    acknowledge(0)
    expect('after one more', await came(), [next])
  }
})

scenario('receive maximum of the server', ['v5'], async (version) => {
  const topic = fresh('t')
  // While this is held MQTT.js looks at nothing else: it sends no PUBREL.
  const peer = await Peer.connect(version, undefined, { customHandleAcks: () => {} })
  await peer.subscribe(topic, 1)
  const packets = tap(peer)
  const maximum = peer.hello.properties.receiveMaximum
  expect('receive maximum', maximum, 100)
  const other = await Peer.connect(version)
  await other.publish(topic, 'x', 1)
  const next = async (what, wanted) => {
    for (;;) {
      const packet = await packets.take(what)
      if (wanted.includes(packet.cmd)) return packet
    }
  }
  await next('PUBLISH', ['publish'])
  for (let at = 0; at < maximum; at++) peer.client.publish(fresh('t'), 'x', { qos: 2 })
  for (let at = 0; at < maximum; at++) expect('answer', (await next('PUBREC', ['pubrec', 'disconnect'])).cmd, 'pubrec')
  peer.client.publish(fresh('t'), 'x', { qos: 2 })
  const { cmd, reasonCode } = await next('DISCONNECT', ['pubrec', 'disconnect'])
  expect('answer to one more', [cmd, reasonCode], ['disconnect', 0x93])
})

scenario('maximum packet size', ['v5'], async (version) => {
  const topic = fresh('t')
  const small = await Peer.connect(version, undefined, { properties: { maximumPacketSize: 200 } })
  const sender = await Peer.connect(version)
  expect('of the server', sender.hello.properties.maximumPacketSize, 1 << 20)
  await small.subscribe(topic, 1)
  await sender.publish(topic, 'x'.repeat(300), 1)
  await sender.publish(topic, 'y', 1)
  await small.gets(topic, 'y', 1)
  await small.getsNothing()
})

scenario('acl', ALL, async (version) => {
  const [peer, watcher] = await Promise.all([1, 2].map(() => Peer.connect(version)))
  await watcher.subscribe('forbidden/#', 1)
  for (const qos of [0, 1, 2]) {
    // Before 5.0 it is acknowledged, and goes nowhere.
    expect(`publish ${qos}`, await peer.publish('forbidden/a', 'x', qos), version === 'v5' && qos > 0 ? 0x87 : 0)
  }
  await watcher.getsNothing()
  // 3.1 has no code for it: QoS 0 is said, and nothing comes.
  const refused = { v5: 0x87, v311: 0x80, v31: 0 }[version]
  expect('SUBACK', await peer.subscribe('secret/a', 1), [refused])
  await watcher.publish('secret/a', 'x', 1)
  await peer.getsNothing()
})

scenario('unsubscribe', ALL, async (version) => {
  const topic = fresh('t')
  const peer = await Peer.connect(version)
  await peer.subscribe(topic, 1)
  await peer.publish(topic, '1', 1)
  await peer.gets(topic, '1', 1)
  await soon('UNSUBACK', peer.client.unsubscribeAsync(topic))
  await peer.publish(topic, '2', 1)
  await peer.getsNothing()
})

scenario('assigned client identifier', ['v5'], async (version) => {
  const [one, two] = await Promise.all([1, 2].map(() => Peer.connect(version, '')))
  const names = [one, two].map((peer) => peer.hello.properties.assignedClientIdentifier)
  assert(names[0] && names[1] && names[0] !== names[1], `expected two names, came ${show(names)}`)
})

scenario('takeover', ALL, async (version) => {
  const name = fresh('anna')
  const first = await Peer.connect(version, name)
  await Peer.connect(version, name)
  expect('DISCONNECT', await first.ended(), version === 'v5' ? 0x8e : -1)
})

scenario('server stops', ['all versions:'], async () => {
  const url = `mqtt://127.0.0.1:${process.env.MQC_STOPPING}`
  const watchers = await Promise.all(ALL.map((version) => Peer.connect(version, undefined, { url })))
  console.log('stop')
  const codes = await Promise.all(watchers.map((peer) => peer.ended()))
  expect('DISCONNECT', codes, [-1, -1, 0x8b])
})

scenario('keep alive', ALL, async (version) => {
  const peer = await Peer.connect(version, undefined, { keepalive: 1 })
  const pong = new Promise((resolve) => peer.client.on('packetreceive', ({ cmd }) => cmd === 'pingresp' && resolve()))
  await soon('PINGRESP', pong)
})

async function echoes (peer) {
  const topic = fresh('t')
  await peer.subscribe(topic, 2)
  for (const size of [0, 1, 70_000, 900_000]) {
    const payload = Buffer.alloc(size, 'mqtt')
    await peer.publish(topic, payload, 2)
    await peer.gets(topic, payload, 2)
  }
}

for (const [scheme, port] of [['mqtts', 'MQC_TLS'], ['ws', 'MQC_WEBSOCKET'], ['wss', 'MQC_WSS']]) {
  scenario(scheme, ALL, async (version) => {
    const url = `${scheme}://localhost:${process.env[port]}/mqtt`
    await echoes(await Peer.connect(version, undefined, { url, ca: fs.readFileSync(process.env.MQC_CA) }))
  })
}

scenario('client certificate', ALL, async (version) => {
  const url = `mqtts://localhost:${process.env.MQC_MUTUAL}`
  const [ca, cert, key] = ['MQC_CA', 'MQC_CERT', 'MQC_KEY'].map((name) => fs.readFileSync(process.env[name]))
  await echoes(await Peer.connect(version, undefined, { url, ca, cert, key }))
  await refused(new Peer(version, undefined, { url, ca }))
  // Of another authority.
  const [otherCert, otherKey] = ['MQC_OTHER_CERT', 'MQC_OTHER_KEY'].map((name) => fs.readFileSync(process.env[name]))
  await refused(new Peer(version, undefined, { url, ca, cert: otherCert, key: otherKey }))
})

scenario('passwords', ALL, async (version) => {
  const { MQC_GUARDED, MQC_USER: username, MQC_PASSWORD: password } = process.env
  const url = `mqtt://127.0.0.1:${MQC_GUARDED}`
  const topic = `${username}/${fresh('t')}`
  const peer = await Peer.connect(version, undefined, { url, username, password })
  await peer.subscribe(topic, 1)
  await peer.publish(topic, 'x', 1)
  await peer.gets(topic, 'x', 1)
  const [wrong, unauthorized] = version === 'v5' ? [0x86, 0x87] : [4, 5]
  for (const [options, code] of [
    [{ username, password: 'another' }, wrong],
    [{ username: 'nobody', password }, wrong],
    [{}, unauthorized]
  ]) {
    const refused = new Peer(version, undefined, { url, ...options })
    const error = await soon('CONNACK', refused.connack).then(() => ({ code: 0 }), (error) => error)
    expect('CONNACK', error.code, code)
  }
})

async function main (part = '') {
  for (const [name, play] of scenarios) {
    if (!name.includes(part)) continue
    try {
      await play()
      console.log(`ok ${name}`)
    } catch (error) {
      console.log(`FAILED ${name}\n${error.stack}`)
      process.exitCode = 1
    }
    for (const { client } of peers.splice(0)) client.end(true)
  }
}

main(process.argv[2])
