//! `mqc-ledger`: messages between a broker and two tables of SQLite, each exactly once, however often it is killed.

use bytes::Bytes;
use clap::Parser;
use core::pin::pin;
use core::time::Duration;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use mqc_client::service::{Stop, cause, leave, report, subscribe, why_ended};
use mqc_client::{Address, Client, Delivery, Error, Filter, Message, Options, Outcome, Storage};
use mqc_store::rusqlite::{self, Connection};
use mqtt_core::{QoS, Version};
use std::path::PathBuf;
use std::process::ExitCode;
use tokio::time;

const AFTER: &str = "\
What comes is in inbox(id, topic, payload). What is put into outbox(id, topic, payload) by anybody is published,
and its row deleted. Both is done in the transaction that stores what the session makes of it. A message that cannot be
delivered, because it is too large for the broker or it refuses it, or the row has NULL, is told, and its row stays: the
column refused says why. To have it tried again, insert it again.

Exit code: 0 if it was asked to end, 1 if broker or file failed, 2 for wrong options.";

/// Takes messages from a broker into one table, and publishes those of another, each exactly once.
#[derive(Parser)]
#[command(name = "mqc-ledger", disable_version_flag = true, after_help = AFTER)]
struct Arguments {
    /// The broker: mqtt, mqtts, ws or wss; user name and password may be in it.
    #[arg(long, default_value = "mqtt://localhost")]
    url: Address,
    /// Client identifier: the name of the session.
    #[arg(long, default_value = "mqc-ledger")]
    id: String,
    /// What to subscribe to; may be given again.
    #[arg(long, value_name = "FILTER")]
    topic: Vec<String>,
    /// The file of SQLite.
    file: PathBuf,
}

/// How long until the outbox is looked at again when it was empty.
const PAUSE: Duration = Duration::from_millis(20);
/// How many rows are read at a time.
const ROWS: usize = 256;

const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS inbox(id INTEGER PRIMARY KEY, topic TEXT NOT NULL, payload BLOB NOT NULL);
    CREATE TABLE IF NOT EXISTS outbox(
        id INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL, payload BLOB NOT NULL);";

/// Why a row of the outbox could not be delivered; whoever fills the table need not know of it.
const REFUSED: &str = "ALTER TABLE outbox ADD COLUMN refused TEXT";

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("mqc-ledger: {why}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn run(Arguments { url, id, topic, file }: Arguments) -> Result<(), String> {
    let mut stop = Stop::new().map_err(|error| error.to_string())?;
    let outbox = Outbox::open(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    let store = Storage::new(format!("sqlite:{}", file.display())).on_message(|tables, message| {
        let mut insert =
            tables.prepare_cached("INSERT INTO inbox(topic, payload) VALUES (?1, ?2)")?;
        insert.execute((&message.topic, &message.payload[..])).map(drop)
    });
    let broker = url.to_string();
    let options = Options { client_id: id, store: Some(store), ..Options::new(url) };
    let (client, _messages) = Client::start(options).map_err(|error| error.to_string())?;
    tokio::spawn(report("mqc-ledger", client.status(), broker));
    let filters: Vec<_> =
        topic.into_iter().map(|topic| Filter::new(topic, QoS::ExactlyOnce)).collect();
    let work = async {
        if !filters.is_empty() {
            subscribe(&client, Version::V5, filters).await?;
        }
        send(&client, outbox).await
    };
    tokio::select! {
        () = stop.wished() => {}
        result = work => return result,
        error = why_ended(&client) => return Err(error.to_string()),
    }
    leave(&client).await;
    Ok(())
}

/// Publishes what is in the outbox, and what comes into it, and puts aside what cannot be delivered.
async fn send(client: &Client, mut outbox: Outbox) -> Result<(), String> {
    let fault = |error: rusqlite::Error| format!("outbox: {error}");
    let mut deliveries = FuturesUnordered::new();
    loop {
        let rows = outbox.next().map_err(fault)?;
        let pause = if rows.is_empty() { PAUSE } else { Duration::ZERO };
        for row in rows {
            match row {
                Ok(row) => match publish(client, &row).await {
                    Ok(delivery) => deliveries.push(async { (row, delivery.await) }),
                    Err(error) => return Err(cause(client, error).await.to_string()),
                },
                Err(NoMessage { id, why }) => {
                    outbox.refuse(id, why).map_err(fault)?;
                    tell_aside(id, why);
                }
            }
        }
        let mut pause = pin!(time::sleep(pause));
        loop {
            let (row, result) = tokio::select! {
                biased;
                Some(end) = deliveries.next() => end,
                () = &mut pause => break,
            };
            // Any other error is the end of the client: the message is in the session, or still in the outbox.
            if let Err(why @ (Error::Usage(_) | Error::Dropped(_) | Error::Reason(_))) = result {
                let why = why.to_string();
                outbox.put_aside(&row, &why).map_err(fault)?;
                tell_aside(row.id, &why);
            }
        }
    }
}

fn tell_aside(id: i64, why: &str) {
    eprintln!("mqc-ledger: row {id} of the outbox is put aside: {why}");
}

/// Publishes a row; the transaction that stores the message deletes it.
async fn publish(client: &Client, Row { id, topic, payload }: &Row) -> Outcome<Delivery> {
    let message = Message::new(topic.as_str(), payload.clone()).qos(QoS::ExactlyOnce);
    let id = *id;
    let delete = move |tables: &rusqlite::Transaction<'_>| {
        // It may have been put aside meanwhile.
        let delete = "DELETE FROM outbox WHERE id = ?1 AND refused IS NULL";
        tables.prepare_cached(delete)?.execute([id]).map(drop)
    };
    client.send_with(message, delete).await
}

struct Row {
    id: i64,
    topic: String,
    payload: Bytes,
}

/// A row that is no message: a table that somebody else has made may have NULL in it, and more.
struct NoMessage {
    id: i64,
    why: &'static str,
}

/// The table of what is to be sent, with a connection of its own.
struct Outbox {
    connection: Connection,
    /// The last row that was read: rows up to it are deleted some time.
    last: i64,
}

impl Outbox {
    fn open(file: &PathBuf) -> rusqlite::Result<Self> {
        let connection = Connection::open(file)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.execute_batch(TABLES)?;
        if !connection.column_exists(None, "outbox", "refused")? {
            connection.execute_batch(REFUSED)?;
        }
        Ok(Self { connection, last: 0 })
    }

    fn next(&mut self) -> rusqlite::Result<Vec<Result<Row, NoMessage>>> {
        let mut select = self.connection.prepare_cached(
            "SELECT id, topic, CAST(payload AS BLOB) FROM outbox
             WHERE id > ?1 AND refused IS NULL ORDER BY id LIMIT ?2",
        )?;
        let (mut rows, mut read) = (Vec::new(), select.query((self.last, ROWS as i64))?);
        while let Some(row) = read.next()? {
            let id = row.get(0)?;
            self.last = id;
            rows.push(match (row.get_ref(1)?.as_str(), row.get_ref(2)?.as_blob()) {
                (Ok(topic), Ok(payload)) => {
                    let (topic, payload) = (topic.to_owned(), Bytes::copy_from_slice(payload));
                    Ok(Row { id, topic, payload })
                }
                (Err(_), _) => Err(NoMessage { id, why: "the topic is no text" }),
                (_, Err(_)) => Err(NoMessage { id, why: "there is no payload" }),
            });
        }
        Ok(rows)
    }

    /// Keeps a row as it is, with the reason why it is no message.
    fn refuse(&self, id: i64, why: &str) -> rusqlite::Result<()> {
        let mut update =
            self.connection.prepare_cached("UPDATE outbox SET refused = ?2 WHERE id = ?1")?;
        update.execute((id, why)).map(drop)
    }

    /// Keeps a row that will not be delivered, with the reason; one that was deleted, as its message was stored,
    /// comes back.
    fn put_aside(&self, Row { id, topic, payload }: &Row, why: &str) -> rusqlite::Result<()> {
        let mut upsert = self.connection.prepare_cached(
            "INSERT INTO outbox(id, topic, payload, refused) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT(id) DO UPDATE SET refused = excluded.refused",
        )?;
        upsert.execute((id, topic, &payload[..], why)).map(drop)
    }
}
