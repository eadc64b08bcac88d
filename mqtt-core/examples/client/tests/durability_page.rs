//! The programs in `docs/durability.md`. A test of `mqtt-core` holds the page against this file.

use bytes::Buf;
use loopback::{Broker, BrokerOptions, PATIENCE, within};
use mqc_client::{Client, Message, Options, Storage};
use mqc_store::rusqlite::{Connection, Transaction};
use mqc_store::{Batch, Sqlite};
use mqtt_core::{ClientConfig, ClientSession, Connect, Durability, Event, Instant, QoS};
use std::env;
use std::path::Path;
use tempfile::TempDir;

type Outcome = Result<(), Box<dyn core::error::Error>>;

/// Takes what has come, in one transaction.
fn take(session: &mut ClientSession, store: &mut Sqlite, now: Instant) -> Outcome {
    let mut batch = Batch::new();
    let transaction = store.begin()?; // mqc_store::Sqlite
    while let Some(event) = session.poll_event() {
        if let Event::Message { publish, .. } = event {
            transaction.tables().execute(
                "INSERT INTO readings VALUES (?1, ?2)",
                (publish.topic, publish.payload),
            )?;
        }
    }
    while let Some(op) = session.poll_persist() {
        batch.push(&op);
    }
    transaction.put("client", &batch)?;
    transaction.commit()?;
    session.persisted(now, batch.last_seq());
    Ok(())
}

fn sent(session: &mut ClientSession) -> Vec<u8> {
    let mut out = session.transmit();
    out.copy_to_bytes(out.remaining()).to_vec()
}

#[test]
fn what_came_and_its_acknowledgement_are_one_transaction() -> Outcome {
    let (now, directory) = (Instant::default(), TempDir::new()?);
    let file = directory.path().join("client.db");
    let mut store = Sqlite::open(&file)?;
    Connection::open(&file)?.execute_batch("CREATE TABLE readings(topic TEXT, payload BLOB)")?;
    let mut config = ClientConfig::default();
    config.session.persist.durability = Durability::Gate;
    let mut session = ClientSession::new(config);
    session.connect(now, &Connect { client_id: "client", ..Connect::default() })?;
    take(&mut session, &mut store, now)?;
    assert_eq!(sent(&mut session)[0], 0x10);
    // CONNACK, and PUBLISH with QoS 2 and identifier 7.
    assert_eq!(session.handle_input(now, b"\x20\x03\0\0\0\x34\x08\0\x01t\0\x07\x0021"), 15);
    assert_eq!(sent(&mut session), b"");
    take(&mut session, &mut store, now)?;
    assert_eq!(sent(&mut session), b"\x50\x02\0\x07");
    let rows: (String, Vec<u8>) =
        Connection::open(&file)?
            .query_row("SELECT topic, payload FROM readings", [], |row| row.try_into())?;
    assert_eq!(rows, ("t".to_owned(), b"21".to_vec()));
    Ok(())
}

async fn ledger(
    options: Options,
    message: Message,
    id: i64,
) -> Result<Client, Box<dyn core::error::Error>> {
    let address = options.address;
    let storage = Storage::new("sqlite:client.db").on_message(|tables, message| {
        tables.execute("INSERT INTO inbox VALUES (?1)", [&message.payload[..]]).map(drop)
    });
    let options =
        Options { client_id: "ledger".to_owned(), store: Some(storage), ..Options::new(address) };
    let (client, _messages) = Client::connect(options).await?;
    client.subscribe("in/#", QoS::ExactlyOnce).await?;
    let delete = move |tables: &Transaction<'_>| {
        tables.execute("DELETE FROM outbox WHERE id = ?1", [id]).map(drop)
    };
    let delivery = client.send_with(message, delete).await?;
    delivery.await?;
    Ok(client)
}

#[tokio::test]
async fn effects_are_stored_with_messages() -> Outcome {
    let Some(broker) = Broker::for_test(BrokerOptions::default()) else { return Ok(()) };
    let directory = TempDir::new()?;
    // The only test of this program that looks at it.
    env::set_current_dir(&directory)?;
    let tables = Connection::open("client.db")?;
    tables.busy_timeout(PATIENCE)?;
    tables.execute_batch(
        "CREATE TABLE inbox(payload BLOB);
         CREATE TABLE outbox(id INTEGER PRIMARY KEY); INSERT INTO outbox VALUES (1), (2)",
    )?;
    let address = format!("mqtt://127.0.0.1:{}", broker.port()).parse()?;
    let message = Message::new("in/here", "21").qos(QoS::ExactlyOnce);
    let client = ledger(Options::new(address), message, 1).await?;
    let count = |sql| tables.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    let came = || (count("SELECT count(*) FROM inbox WHERE payload = x'3231'") == 1).then_some(());
    within(PATIENCE, came).ok_or("nothing came")?;
    client.disconnect().await?;
    assert_eq!(count("SELECT sum(id) FROM outbox"), 2);
    env::set_current_dir(Path::new("/"))?;
    Ok(())
}
