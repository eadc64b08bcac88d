//! A client on threads and `std::net`: the shortest driver that leaves nothing out.
//!
//! ```sh
//! cargo run -p mqtt-core --example client_std -- localhost:1883 'sensors/#'
//! ```
//!
//! prints the messages that match. Lines of the standard input, each a topic, a space and a payload, are
//! published with QoS 1; at their end, when the broker has all, the program ends. It connects again when the
//! connection is lost.

use bytes::Buf;
use core::time::Duration;
use mqtt_core::{
    Backoff, ClientConfig, ClientSession, CloseReason, Connect, Disconnect, Event, Instant,
    PacketId, Publish, QoS, ReasonCode, Reconnect, SessionLost, SessionStart, Subscribe,
    Subscription, Subscriptions, UsageError, WhenFull,
};
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

/// What wakes the one thread that has the session.
enum Input {
    /// Of the connection with this number; none when it has ended.
    Bytes(u64, Vec<u8>),
    /// Of the standard input; none at its end.
    Line(Option<String>),
}

struct Client {
    session: ClientSession,
    filter: String,
    started: std::time::Instant,
    /// Counts connections: the last words of one are not for the next.
    connection: u64,
    inputs: Receiver<Input>,
    sender: SyncSender<Input>,
    /// A line that is not published yet. The next is read when this is gone.
    line: Option<String>,
    next_line: SyncSender<()>,
    is_last: bool,
    reconnect: Reconnect,
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (Some(address), Some(filter)) = (arguments.next(), arguments.next()) else {
        eprintln!("client_std HOST:PORT FILTER");
        return ExitCode::from(2);
    };
    // Short queues: if this side does not keep up, the broker and the standard input wait.
    let (sender, inputs) = sync_channel(4);
    let (next_line, wanted) = sync_channel(1);
    let session_lost = SessionLost::PublishAgain;
    let mut client = Client {
        session: ClientSession::new(ClientConfig { session_lost, ..ClientConfig::default() }),
        filter,
        started: std::time::Instant::now(),
        connection: 0,
        inputs,
        sender: sender.clone(),
        line: None,
        next_line,
        is_last: false,
        reconnect: Reconnect::new(Backoff::default()),
    };
    thread::spawn(move || {
        for line in io::stdin().lines().map_while(Result::ok) {
            let _ = sender.send(Input::Line(Some(line)));
            let _ = wanted.recv();
        }
        let _ = sender.send(Input::Line(None));
    });
    loop {
        match client.run(&address) {
            Ok(true) => return ExitCode::SUCCESS,
            Ok(false) => {}
            Err(error) => eprintln!("{address}: {error}"),
        }
        if client.connection == 0 {
            return ExitCode::FAILURE;
        }
        let until = client.reconnect.lost(client.now(), 0);
        thread::sleep(until.since(client.now()));
    }
}

impl Client {
    fn now(&self) -> Instant {
        Instant::from(self.started.elapsed())
    }

    /// One connection. True if it came to its wished end.
    fn run(&mut self, address: &str) -> io::Result<bool> {
        let mut socket = TcpStream::connect(address)?;
        socket.set_nodelay(true)?;
        self.connection += 1;
        let (connection, clean_start) = (self.connection, self.connection == 1);
        let connect = Connect { keep_alive: 30, clean_start, ..Connect::default() };
        self.session.connect(self.now(), &connect).map_err(io::Error::other)?;
        let (mut half, sender) = (socket.try_clone()?, self.sender.clone());
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            loop {
                let len = half.read(&mut buffer).unwrap_or(0);
                let input = Input::Bytes(connection, buffer[..len].to_vec());
                if sender.send(input).is_err() || len == 0 {
                    return;
                }
            }
        });
        let is_wished = self.drive(&mut socket);
        let _ = socket.shutdown(Shutdown::Both); // ends that thread, too
        self.session.handle_eof(self.now()); // if it was the socket that failed
        self.take_events()?;
        is_wished
    }

    fn drive(&mut self, socket: &mut TcpStream) -> io::Result<bool> {
        let mut unread = Vec::new();
        loop {
            self.session.handle_timeout(self.now());
            let taken = self.session.handle_input(self.now(), &unread);
            unread.drain(..taken);
            let end = self.take_events()?;
            self.publish();
            let mut out = self.session.transmit();
            while out.has_remaining() {
                let len = socket.write(out.chunk())?;
                out.advance(len);
            }
            match end {
                Some(is_wished) => return Ok(is_wished),
                None if !unread.is_empty() => continue, // there is room for it now
                None => {}
            }
            let wait = self.session.poll_timeout().map(|at| at.since(self.now()));
            match self.inputs.recv_timeout(wait.unwrap_or(Duration::from_secs(3600))) {
                Ok(Input::Bytes(of, bytes)) if of == self.connection => match bytes.is_empty() {
                    true => self.session.handle_eof(self.now()),
                    false => unread = bytes,
                },
                Ok(Input::Line(line)) => (self.is_last, self.line) = (line.is_none(), line),
                _ => {} // of a connection before, or it is time
            }
        }
    }

    /// What has happened. At the end of the connection: whether it was wished.
    fn take_events(&mut self) -> io::Result<Option<bool>> {
        let now = self.now();
        while let Some(event) = self.session.poll_event() {
            match event {
                Event::Connected { session, .. } => {
                    self.reconnect.connected(now);
                    if session != SessionStart::Resumed {
                        let filters = [Subscription::new(&self.filter, QoS::ExactlyOnce)];
                        let filters = Subscriptions::new(&filters);
                        let subscribe = Subscribe { filters, ..Subscribe::new(PacketId::MIN) };
                        self.session.subscribe(now, &subscribe, 0).map_err(io::Error::other)?;
                    }
                }
                Event::Message { publish, .. } => {
                    println!("{} {}", publish.topic, String::from_utf8_lossy(publish.payload));
                }
                Event::Closed(reason) => {
                    eprintln!("the connection is over: {reason:?}");
                    return Ok(Some(reason == CloseReason::Local));
                }
                Event::Dropped { .. } | Event::Published { reason: ReasonCode(0x80..), .. } => {
                    eprintln!("{event:?}");
                }
                _ => {}
            }
        }
        Ok(None)
    }

    /// Publishes the line that has been read, if there is room; and takes leave after the last.
    fn publish(&mut self) {
        if let Some(line) = self.line.take() {
            let (topic, payload) = line.split_once(' ').unwrap_or((&line, ""));
            let payload = payload.as_bytes();
            let publish = Publish { topic, payload, qos: QoS::AtLeastOnce, ..Publish::default() };
            match self.session.publish(self.now(), &publish, 0, WhenFull::Queue) {
                Err(UsageError::WouldBlock(_)) => return self.line = Some(line),
                Err(error) => eprintln!("{line}: {error}"),
                Ok(_) => {}
            }
            let _ = self.next_line.send(());
        }
        if self.is_last {
            // Without a connection this fails, and is said again when there is one.
            let _ = self.session.quiesce(self.now(), &Disconnect::default());
        }
    }
}
