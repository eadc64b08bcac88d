//! `mqc-ledger`: messages between a broker and two tables of SQLite, each exactly once, however often it is killed.

use clap::Parser;
use core::time::Duration;
use mqc_client::service::{Stop, leave, report, subscribe, why_ended};
use mqc_client::{Address, Client, Error, Filter, Message, Options, Outcome, Storage};
use mqc_store::rusqlite::{self, Connection};
use mqtt_core::{QoS, Version};
use std::path::PathBuf;
use std::process::ExitCode;
use tokio::time;

const AFTER: &str = "\
What comes is in inbox(id, topic, payload). What is put into outbox(id, topic, payload) by anybody is published,
and its row deleted. Both is done in the transaction that stores what the session makes of it.

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

/// Publishes what is in the outbox, and what comes into it.
async fn send(client: &Client, mut outbox: Outbox) -> Result<(), String> {
    loop {
        let rows = outbox.next().map_err(|error| format!("outbox: {error}"))?;
        let is_empty = rows.is_empty();
        for row in rows {
            if let Err(error) = publish(client, row).await {
                return Err(match error {
                    Error::Closed => why_ended(client).await.to_string(),
                    other => other.to_string(),
                });
            }
        }
        if is_empty {
            time::sleep(PAUSE).await;
        }
    }
}

/// Publishes a row; the transaction that stores the message deletes it.
async fn publish(client: &Client, Row { id, topic, payload }: Row) -> Outcome<()> {
    let message = Message::new(topic, payload).qos(QoS::ExactlyOnce);
    let delete = move |tables: &rusqlite::Transaction<'_>| {
        tables.prepare_cached("DELETE FROM outbox WHERE id = ?1")?.execute([id]).map(drop)
    };
    // What becomes of it later is the session's business.
    client.send_with(message, delete).await.map(drop)
}

struct Row {
    id: i64,
    topic: String,
    payload: Vec<u8>,
}

/// The table of what is to be sent, read by a connection of its own.
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
        Ok(Self { connection, last: 0 })
    }

    fn next(&mut self) -> rusqlite::Result<Vec<Row>> {
        let mut select = self.connection.prepare_cached(
            "SELECT id, topic, CAST(payload AS BLOB) FROM outbox WHERE id > ?1 ORDER BY id LIMIT ?2",
        )?;
        let rows = select.query_map((self.last, ROWS as i64), |row| {
            Ok(Row { id: row.get(0)?, topic: row.get(1)?, payload: row.get(2)? })
        })?;
        let rows: Vec<_> = rows.collect::<Result<_, _>>()?;
        self.last = rows.last().map_or(self.last, |row| row.id);
        Ok(rows)
    }
}
