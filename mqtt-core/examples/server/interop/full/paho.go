// Scenarios of Paho's client for Go, which speaks 3.1 and 3.1.1.
package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"strings"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

const patience = 10 * time.Second

// What a scenario fails with.
type failure string

func fail(format string, arguments ...any) {
	panic(failure(fmt.Sprintf(format, arguments...)))
}

func expect(what string, came, expected any) {
	if came != expected {
		fail("%s: expected %v, came %v", what, expected, came)
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		fail("%v", err)
	}
	return value
}

var number int

func fresh(what string) string {
	number++
	return fmt.Sprintf("%s%s%d", os.Getenv("MQC_PREFIX"), what, number)
}

func done(what string, token mqtt.Token) error {
	if !token.WaitTimeout(patience) {
		fail("%s: expected, did not come", what)
	}
	return token.Error()
}

type peer struct {
	client   mqtt.Client
	messages chan mqtt.Message
	ended    chan error
	isOver   bool
}

var peers []*peer

func address(scheme, port string) string {
	return fmt.Sprintf("%s://localhost:%s", scheme, os.Getenv(port))
}

// One that the server need not accept.
func attempt(version int, adjust func(*mqtt.ClientOptions)) (*peer, error) {
	self := &peer{messages: make(chan mqtt.Message, 1000), ended: make(chan error, 1)}
	options := mqtt.NewClientOptions()
	options.SetProtocolVersion(uint(version)).SetClientID(fresh("peer")).SetConnectTimeout(patience)
	options.SetAutoReconnect(false).SetKeepAlive(60 * time.Second)
	options.SetDefaultPublishHandler(func(_ mqtt.Client, message mqtt.Message) { self.messages <- message })
	options.SetConnectionLostHandler(func(_ mqtt.Client, err error) { self.ended <- err })
	adjust(options)
	if len(options.Servers) == 0 {
		options.AddBroker(address("tcp", "MQC_PORT"))
	}
	self.client = mqtt.NewClient(options)
	peers = append(peers, self)
	err := done("CONNACK", self.client.Connect())
	self.isOver = err != nil
	return self, err
}

func connect(version int, adjust func(*mqtt.ClientOptions)) *peer {
	return must(attempt(version, adjust))
}

func connectNew(version int) *peer {
	return connect(version, func(*mqtt.ClientOptions) {})
}

// The code of SUBACK.
func (self *peer) subscribe(filter string, qos byte) byte {
	token := self.client.Subscribe(filter, qos, nil).(*mqtt.SubscribeToken)
	// What is refused is an error, too.
	_ = done("SUBACK", token)
	return token.Result()[filter]
}

func (self *peer) publish(topic, payload string, qos byte, retain bool) {
	if err := done("acknowledgement", self.client.Publish(topic, qos, retain, payload)); err != nil {
		fail("%v", err)
	}
}

func (self *peer) gets(topic, payload string, qos byte, retain bool) {
	select {
	case came := <-self.messages:
		expect("topic", came.Topic(), topic)
		if !bytes.Equal(came.Payload(), []byte(payload)) {
			fail("payload: expected %.200q, came %.200q", payload, came.Payload())
		}
		expect("QoS", came.Qos(), qos)
		expect("RETAIN", came.Retained(), retain)
	case <-time.After(patience):
		fail("message on %s: expected, did not come", topic)
	}
}

// Fails if a message has come: what the server had for it came before this.
func (self *peer) getsNothing() {
	fence := fresh("fence")
	self.subscribe(fence, 0)
	self.publish(fence, "fence", 0, false)
	self.gets(fence, "fence", 0, false)
}

func (self *peer) end() {
	select {
	case <-self.ended:
		self.isOver = true
	case <-time.After(patience):
		fail("the end of the connection: expected, did not come")
	}
}

func (self *peer) leave() {
	self.isOver = true
	self.client.Disconnect(250)
}

func staying(name string) func(*mqtt.ClientOptions) {
	return func(options *mqtt.ClientOptions) { options.SetClientID(name).SetCleanSession(false) }
}

func allQos(version int) {
	topic := fresh("t")
	sender := connectNew(version)
	for granted := byte(0); granted < 3; granted++ {
		receiver := connectNew(version)
		expect("SUBACK", receiver.subscribe(topic+"/+", granted), granted)
		for qos := byte(0); qos < 3; qos++ {
			sender.publish(topic+"/a", "hello", qos, false)
			least := qos
			if granted < qos {
				least = granted
			}
			receiver.gets(topic+"/a", "hello", least, false)
		}
	}
}

func manyInFlight(version int) {
	for qos := byte(0); qos < 3; qos++ {
		topic := fresh("t")
		receiver, sender := connectNew(version), connectNew(version)
		receiver.subscribe(topic, qos)
		var tokens []mqtt.Token
		for at := 0; at < 500; at++ {
			tokens = append(tokens, sender.client.Publish(topic, qos, false, fmt.Sprint(at)))
		}
		for _, token := range tokens {
			if err := done("acknowledgement", token); err != nil {
				fail("%v", err)
			}
		}
		for at := 0; at < 500; at++ {
			receiver.gets(topic, fmt.Sprint(at), qos, false)
		}
		receiver.getsNothing()
	}
}

func large(version int) {
	topic := fresh("t")
	self := connectNew(version)
	self.subscribe(topic, 2)
	for _, payload := range []string{"", strings.Repeat("x", 1<<20-100)} {
		for qos := byte(0); qos < 3; qos++ {
			self.publish(topic, payload, qos, false)
			self.gets(topic, payload, qos, false)
		}
	}
}

func retained(version int) {
	topic := fresh("r")
	sender, live, late, later := connectNew(version), connectNew(version), connectNew(version), connectNew(version)
	live.subscribe(topic, 1)
	sender.publish(topic, "kept", 1, true)
	live.gets(topic, "kept", 1, false)
	late.subscribe(topic, 1)
	late.gets(topic, "kept", 1, true)
	sender.publish(topic, "", 1, true)
	live.gets(topic, "", 1, false)
	later.subscribe(topic, 1)
	later.getsNothing()
}

// Also a takeover: the connection that ends for it has not said goodbye.
func willAndTakeover(version int) {
	topic, name := fresh("w"), fresh("anna")
	watcher := connectNew(version)
	watcher.subscribe(topic, 2)
	with := func(options *mqtt.ClientOptions) { options.SetClientID(name).SetWill(topic, "gone", 2, true) }
	connect(version, with).leave()
	watcher.getsNothing()
	first := connect(version, with)
	connect(version, func(options *mqtt.ClientOptions) { options.SetClientID(name) })
	first.end()
	watcher.gets(topic, "gone", 2, false)
	late := connectNew(version)
	late.subscribe(topic, 2)
	late.gets(topic, "gone", 2, true)
}

func session(version int) {
	topic, name := fresh("t"), fresh("anna")
	away, sender := connect(version, staying(name)), connectNew(version)
	away.subscribe(topic, 2)
	away.leave()
	for at := 0; at < 20; at++ {
		sender.publish(topic, fmt.Sprint(at), 2, false)
	}
	back := connect(version, staying(name))
	for at := 0; at < 20; at++ {
		back.gets(topic, fmt.Sprint(at), 2, false)
	}
	back.leave()
	sender.publish(topic, "lost", 2, false)
	clean := connect(version, func(options *mqtt.ClientOptions) { options.SetClientID(name) })
	clean.getsNothing()
}

func shared(version int) {
	topic := fresh("s")
	sender := connectNew(version)
	var members [2]*peer
	for at := range members {
		members[at] = connectNew(version)
		members[at].subscribe("$share/group/"+topic, 1)
	}
	for at := 0; at < 20; at++ {
		sender.publish(topic, "x", 1, false)
	}
	counts := [2]int{}
	for counts[0]+counts[1] < 20 {
		select {
		case <-members[0].messages:
			counts[0]++
		case <-members[1].messages:
			counts[1]++
		case <-time.After(patience):
			fail("messages to the group: expected 20, came %v", counts)
		}
	}
	expect("each member has some", counts[0] > 0 && counts[1] > 0, true)
	members[0].getsNothing()
	members[1].getsNothing()
}

func acl(version int) {
	self, watcher := connectNew(version), connectNew(version)
	watcher.subscribe("forbidden/#", 2)
	// They are acknowledged, and go nowhere.
	self.publish("forbidden/a", "x", 1, false)
	self.publish("forbidden/a", "x", 2, false)
	watcher.getsNothing()
	// 3.1 has no code for it: QoS 0 is said, and nothing comes.
	expect("SUBACK", self.subscribe("secret/a", 1), map[int]byte{3: 0, 4: 0x80}[version])
	watcher.publish("secret/a", "x", 1, false)
	self.getsNothing()
}

func unsubscribe(version int) {
	topic := fresh("t")
	self := connectNew(version)
	self.subscribe(topic, 1)
	self.publish(topic, "1", 1, false)
	self.gets(topic, "1", 1, false)
	if err := done("UNSUBACK", self.client.Unsubscribe(topic)); err != nil {
		fail("%v", err)
	}
	self.publish(topic, "2", 1, false)
	self.getsNothing()
}

func serverStops(int) {
	var watchers []*peer
	for version := 3; version <= 4; version++ {
		watchers = append(watchers, connect(version, func(options *mqtt.ClientOptions) {
			options.AddBroker(address("tcp", "MQC_STOPPING"))
		}))
	}
	fmt.Println("stop")
	for _, watcher := range watchers {
		watcher.end()
	}
}

func transports(version int) {
	for _, row := range []struct {
		scheme, port           string
		hasCertificate, isGood bool
	}{
		{"ssl", "MQC_TLS", false, true},
		{"ws", "MQC_WEBSOCKET", false, true},
		{"wss", "MQC_WSS", false, true},
		{"ssl", "MQC_MUTUAL", true, true},
		{"ssl", "MQC_MUTUAL", false, false},
	} {
		config := &tls.Config{RootCAs: x509.NewCertPool()}
		config.RootCAs.AppendCertsFromPEM(must(os.ReadFile(os.Getenv("MQC_CA"))))
		if row.hasCertificate {
			own := must(tls.LoadX509KeyPair(os.Getenv("MQC_CERT"), os.Getenv("MQC_KEY")))
			config.Certificates = []tls.Certificate{own}
		}
		self, err := attempt(version, func(options *mqtt.ClientOptions) {
			options.SetTLSConfig(config).AddBroker(address(row.scheme, row.port))
		})
		if (err == nil) != row.isGood {
			fail("%s at %s: expected to be accepted: %v, came %v", row.scheme, row.port, row.isGood, err)
		}
		if err == nil {
			topic, payload := fresh("t"), strings.Repeat("x", 300_000)
			self.subscribe(topic, 2)
			self.publish(topic, payload, 2, false)
			self.gets(topic, payload, 2, false)
		}
	}
}

func passwords(version int) {
	user, password := os.Getenv("MQC_USER"), os.Getenv("MQC_PASSWORD")
	for _, row := range []struct {
		user, password string
		text           string
	}{
		{user, password, ""},
		{user, "another", "Bad User Name or Password"},
		{"nobody", password, "Bad User Name or Password"},
		{"", "", "Not Authorized"},
	} {
		_, err := attempt(version, func(options *mqtt.ClientOptions) {
			options.AddBroker(address("tcp", "MQC_GUARDED")).SetUsername(row.user).SetPassword(row.password)
		})
		if (err == nil) != (row.text == "") || err != nil && !strings.EqualFold(err.Error(), row.text) {
			fail("user %q: expected %q, came %v", row.user, row.text, err)
		}
	}
}

// Plays one; says whether it was ok.
func played(name string, play func(int), version int) (ok bool) {
	defer func() {
		for _, each := range peers {
			// The client of Debian 12 panics if its connection is over, or never was.
			if !each.isOver {
				each.client.Disconnect(0)
			}
		}
		peers = nil
		if why := recover(); why != nil {
			fmt.Printf("FAILED %s\n%v\n", name, why)
			ok = false
		}
	}()
	play(version)
	fmt.Printf("ok %s\n", name)
	return true
}

func main() {
	list := []struct {
		name string
		play func(int)
	}{
		{"all qos", allQos},
		{"many in flight", manyInFlight},
		{"large and empty payloads", large},
		{"retained", retained},
		{"will, takeover", willAndTakeover},
		{"session resumes", session},
		{"shared subscription", shared},
		{"acl", acl},
		{"unsubscribe", unsubscribe},
		{"passwords", passwords},
		{"tls, websocket, client certificate", transports},
	}
	part := strings.Join(os.Args[1:], " ")
	status := 0
	for _, scenario := range list {
		for at, version := range []string{"v31", "v311"} {
			name := version + " " + scenario.name
			if strings.Contains(name, part) && !played(name, scenario.play, 3+at) {
				status = 1
			}
		}
	}
	if name := "v31 and v311: server stops"; strings.Contains(name, part) && !played(name, serverStops, 0) {
		status = 1
	}
	os.Exit(status)
}
