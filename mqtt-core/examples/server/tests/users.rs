//! Who is let in, and who is told how it goes.

use core::net::SocketAddr;
use loopback::{PATIENCE, Program, Stream, free_port, mosquitto_is_here, mosquitto_pub, within};
use mqc_server::{Listen, Server, Settings, Users, set_password};
use mqc_store::{Store, rusqlite};
use mqtt_core::{Acl, Authorization, Connect, Packet, Version, Will};
use std::collections::HashMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;

const PROGRAM: &str = env!("CARGO_BIN_EXE_mqc-server");

/// A line that costs little: one pass over 8 KiB.
fn cheap_line(name: &str, password: &str) -> String {
    line(name, password, 1)
}

/// A line with so many passes over 8 KiB.
fn line(name: &str, password: &str, passes: u32) -> String {
    use argon2::password_hash::phc::PasswordHash;
    use argon2::{Algorithm, Argon2, Params, PasswordHasher as _};
    let params = Params::new(8, passes, 1, None).unwrap();
    let argon2 = Argon2::new(Algorithm::Argon2id, argon2::Version::V0x13, params);
    let hash: PasswordHash = argon2.hash_password(password.as_bytes()).unwrap();
    format!("{name}:{hash}\n")
}

fn users(names: &[&str]) -> Users {
    let text: String = names.iter().map(|name| cheap_line(name, &format!("of {name}"))).collect();
    Users::parse(&text).unwrap()
}

fn settings() -> Settings {
    let listen = vec![Listen::new("127.0.0.1:0".parse().unwrap())];
    Settings { listen, ..Settings::default() }
}

/// What CONNACK says to CONNECT with this user name and password.
fn connack(server: &Server, version: u8, who: Option<(&str, &str)>) -> u8 {
    let mut stream = TcpStream::connect(server.addresses()[0]).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let flags = if who.is_some() { 0xC2 } else { 2 };
    let mut body = vec![0, 4, b'M', b'Q', b'T', b'T', version, flags, 0, 60];
    body.extend(if version == 5 { &[0][..] } else { &[] });
    body.extend([0, 1, b'a']);
    for text in who.into_iter().flat_map(|(name, password)| [name, password]) {
        body.extend((text.len() as u16).to_be_bytes());
        body.extend(text.as_bytes());
    }
    stream.write_all(&[0x10, body.len() as u8]).unwrap();
    stream.write_all(&body).unwrap();
    let mut head = [0; 4];
    stream.read_exact(&mut head).unwrap();
    head[3]
}

#[test]
fn users_are_let_in_and_others_are_told_why_not() {
    let server = Server::start(Settings { users: Some(users(&["anna", "ben:2"])), ..settings() });
    let server = server.unwrap();
    for (who, v5, v3) in [
        (Some(("anna", "of anna")), 0, 0),
        (Some(("ben:2", "of ben:2")), 0, 0),
        (Some(("anna", "of ben:2")), 0x86, 4),
        (Some(("anna", "")), 0x86, 4),
        (Some(("carl", "of anna")), 0x86, 4),
        (None, 0x87, 5),
    ] {
        assert_eq!((connack(&server, 5, who), connack(&server, 4, who)), (v5, v3), "{who:?}");
    }
    // Nobody is known.
    server.set_access(Some(Users::default()), None);
    let is_out = || (connack(&server, 5, Some(("anna", "of anna"))) == 0x86).then_some(());
    within(PATIENCE, is_out).expect("she is not known any more");
}

#[test]
fn a_server_without_users_stays_without() {
    let server = Server::start(settings()).unwrap();
    server.set_access(Some(users(&["anna"])), None);
    assert_eq!(connack(&server, 5, None), 0);
    assert_eq!(connack(&server, 4, Some(("ben", "x"))), 0, "the identifier is nobody's");
}

#[test]
fn a_session_is_its_users_also_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let store = format!("sqlite:{}", directory.path().join("s.db").display());
    let names = ["anna", "ben"];
    let mut connacks = Vec::new();
    for _ in 0..2 {
        let (users, store) = (Some(users(&names)), Some(store.clone()));
        let server = Server::start(Settings { users, store, ..settings() }).unwrap();
        for name in names {
            let password = format!("of {name}");
            let mut stream = TcpStream::connect(server.addresses()[0]).unwrap();
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            let (user_name, password) = (Some(name), Some(password.as_bytes()));
            let connect = Connect {
                version: Version::V311,
                clean_start: false,
                client_id: "meter",
                user_name,
                password,
                ..Connect::default()
            };
            let mut bytes = Vec::new();
            Packet::from(connect).encode(Version::V311, &mut bytes).unwrap();
            stream.write_all(&bytes).unwrap();
            let mut connack = [0; 4];
            stream.read_exact(&mut connack).unwrap();
            connacks.push((name, connack[2], connack[3]));
        }
        server.stop();
    }
    let wanted = [("anna", 0, 0), ("ben", 0, 2), ("anna", 1, 0), ("ben", 0, 2)];
    assert_eq!(connacks, wanted);
}

#[test]
fn clients_without_a_name_may_be_let_in_beside_users() {
    let users = Some(users(&["anna"]));
    let server = Server::start(Settings { users, allow_anonymous: true, ..settings() }).unwrap();
    assert_eq!(connack(&server, 5, None), 0);
    assert_eq!(connack(&server, 4, Some(("anna", "x"))), 4);
    assert_eq!(connack(&server, 4, Some(("anna", "of anna"))), 0);
}

#[test]
fn many_that_come_at_once_all_get_an_answer() {
    let server = Server::start(Settings { users: Some(users(&["anna"])), ..settings() }).unwrap();
    std::thread::scope(|scope| {
        for (password, verdict) in [("of anna", 0), ("guess", 0x86)].repeat(100) {
            let server = &server;
            scope.spawn(move || {
                let code = connack(server, 5, Some(("anna", password)));
                // Or the server was too busy.
                assert!([verdict, 0x89].contains(&code), "{code:#x}");
            });
        }
    });
    assert_eq!(connack(&server, 5, Some(("anna", "of anna"))), 0, "and it goes on");
}

#[test]
fn so_many_passwords_wait_and_no_more() {
    // Each takes a large part of a second.
    let users = Some(Users::parse(&line("anna", "x", 50_000)).unwrap());
    let metrics = Some("127.0.0.1:0".parse().unwrap());
    let settings = Settings { users, allow_anonymous: true, metrics, ..settings() };
    let server = Server::start(settings).unwrap();
    let mut size = 0;
    let will = Some(Will { topic: "w", payload: &[0; 60_000], ..Will::default() });
    let streams: Vec<_> = (0..100)
        .map(|number| {
            let client_id = &format!("c{number}");
            let (user_name, password) = (Some("anna"), Some(&b"x"[..]));
            let version = Version::V311;
            let connect = Connect {
                version,
                client_id,
                user_name,
                password,
                will,
                clean_start: true,
                ..Connect::default()
            };
            let mut bytes = Vec::new();
            Packet::from(connect).encode(version, &mut bytes).unwrap();
            size = bytes.len();
            let mut stream = TcpStream::connect(server.addresses()[0]).unwrap();
            stream.write_all(&bytes).unwrap();
            stream.set_nonblocking(true).unwrap();
            stream
        })
        .collect();
    let code = |mut stream: &TcpStream| {
        let mut connack = [0; 4];
        stream.read_exact(&mut connack).is_ok().then_some(connack[3])
    };
    let mut codes = Vec::new();
    let one_is_busy = || {
        codes.extend(streams.iter().filter_map(code));
        codes.contains(&3).then_some(())
    };
    within(PATIENCE, one_is_busy).expect("one has to go");
    // So many fit into 4 MiB. Some of them may be in by now.
    let most = (4 << 20) / size;
    let page = get(server.metrics().unwrap(), "/metrics").1;
    let waiting = samples(&page)["mqtt_passwords_waiting"] as usize;
    assert!(waiting <= most, "{waiting} of {most}");
    let all_are_known = || {
        codes.extend(streams.iter().filter_map(code));
        let are_in = codes.iter().filter(|code| **code == 0).count();
        (waiting + are_in >= most).then_some(())
    };
    within(PATIENCE, all_are_known).expect("as many wait as there is room for");
    assert_eq!(connack(&server, 5, None), 0, "others do not wait");
    drop(streams);
    let is_in = || (connack(&server, 5, Some(("anna", "x"))) == 0).then_some(());
    within(PATIENCE, is_in).expect("nothing is verified for those who are gone");
}

#[test]
fn rules_change_while_it_runs() {
    if !mosquitto_is_here() {
        return;
    }
    let server = Server::start(Settings { users: Some(users(&["anna"])), ..settings() }).unwrap();
    let port = server.addresses()[0].port();
    // Whoever may not publish his will is not let in.
    let who = ["-V", "5", "-u", "anna", "-P", "of anna", "-t", "anna/x", "--will-topic", "anna/x"];
    let publish = || mosquitto_pub(port, who, b"x");
    publish().unwrap();
    let acl = |text: &str| Authorization::Acl(Acl::parse(text).unwrap());
    server.set_access(None, Some(acl("deny all %u/#\ndefault allow")));
    within(PATIENCE, || publish().err()).expect("she may not");
    server.set_access(None, Some(acl("allow all %u/#")));
    within(PATIENCE, || publish().ok()).expect("she may again");
}

/// Runs `mqc-server passwd`.
fn passwd(arguments: &[&str], file: &Path, name: &str, line: &str) -> (Option<i32>, String) {
    let mut command = Command::new(PROGRAM);
    let command = command.arg("passwd").args(arguments).arg(file).arg(name);
    let output = Program::run(command, line.as_bytes(), PATIENCE).unwrap();
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn passwd_changes_one_line_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("users");
    let fine = (Some(0), String::new());
    assert_eq!(passwd(&[], &file, "anna", "secret\n"), fine);
    let first = fs::read_to_string(&file).unwrap();
    assert!(first.starts_with("anna:$argon2id$v=19$m=19456,t=2,p=1$") && first.ends_with('\n'));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let others = format!("# The house.\r\n\n{}ann:no hash\n", cheap_line("ben", "x"));
    fs::write(&file, format!("{others}{first}# The end.")).unwrap();
    set_password(&file, "anna", Some(b"other")).unwrap();
    let changed = fs::read_to_string(&file).unwrap();
    let own = changed.strip_prefix(&others).unwrap().strip_suffix("# The end.").unwrap();
    assert!(own != first && own.starts_with("anna:$") && own.ends_with('\n'));
    assert_eq!(passwd(&[], &file, "carl", "a b\r\n"), fine);
    let text = fs::read_to_string(&file).unwrap();
    let carl = text.strip_prefix(&format!("{changed}\n")).unwrap();
    assert!(Users::parse(carl).unwrap().verify("carl", b"a b"));
    assert_eq!(passwd(&["--delete"], &file, "anna", ""), fine);
    let deleted = fs::read_to_string(&file).unwrap();
    assert_eq!(deleted, format!("{others}# The end.\n{carl}"));
    // What cannot be.
    let named = |why: &str| format!("mqc-server: {}: {why}\n", file.display());
    for (arguments, name, line, why) in [
        (&["--delete"][..], "anna", "", named("there is no user \"anna\"")),
        (&[], "", "x", named("the name is empty")),
        (&[], "#a", "x", named("the name begins with #")),
        (&[], " a", "x", named("the name begins with white space")),
        (&[], "a\nb", "x", named("the name has a control character")),
        (&[], "a", "\n", "mqc-server: the password is empty; nothing has changed\n".to_owned()),
    ] {
        assert_eq!(passwd(arguments, &file, name, line), (Some(1), why));
    }
    fs::write(folder.path().join("users.new"), "").unwrap();
    let (status, why) = passwd(&[], &file, "anna", "x");
    assert!(status == Some(1) && why.contains("users.new: File exists"), "{why}");
    assert_eq!(fs::read_to_string(&file).unwrap(), deleted, "and all is as it was");
    let (status, why) = passwd(&["--what"], &file, "anna", "x");
    assert_eq!((status, why.lines().count()), (Some(2), 1), "{why}");
}

/// Only root can give a file away, so this shows nothing if it is played by another user.
#[cfg(unix)]
#[test]
fn passwd_keeps_owner_and_group_or_changes_nothing() {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
    use std::os::unix::process::CommandExt as _;
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("users");
    set_password(&file, "anna", Some(b"secret")).unwrap();
    let owner = || {
        let metadata = fs::metadata(&file).unwrap();
        (metadata.uid(), metadata.gid(), metadata.mode() & 0o777)
    };
    for (mode, kept) in [(0o600, 0o600), (0o644, 0o640)] {
        chown(&file, Some(1234), Some(2345)).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        set_password(&file, "anna", Some(b"other")).unwrap();
        assert_eq!(owner(), (1234, 2345, kept));
    }
    // Another user, whose folder it is, and who may read it.
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    chown(folder.path(), Some(3456), Some(3456)).unwrap();
    let before = fs::read(&file).unwrap();
    let program = folder.path().join("mqc-server");
    // He may not reach it where it is.
    fs::hard_link(PROGRAM, &program).or_else(|_| fs::copy(PROGRAM, &program).map(drop)).unwrap();
    let mut command = Command::new(&program);
    let command = command.arg("passwd").arg(&file).arg("anna").uid(3456).gid(3456);
    let output = Program::run(command, b"third\n", PATIENCE).unwrap();
    let why = String::from_utf8_lossy(&output.stderr);
    let expected = "its owner and group 1234:2345 cannot be kept: Operation not permitted";
    assert!(output.status.code() == Some(1) && why.contains(expected), "{why}");
    assert_eq!((fs::read(&file).unwrap(), owner()), (before, (1234, 2345, 0o644)));
    assert!(!folder.path().join("users.new").exists());
}

#[test]
fn what_is_wrong_with_a_line_is_said() {
    let good = cheap_line("anna", "x");
    let other = good.replace("argon2id", "argon2i");
    let large = good.replace("m=8", "m=262145");
    let [long, longest] = ["t=155649", "t=4000000000"].map(|passes| good.replace("t=1", passes));
    let expected = "line 3: expected name:$argon2id$...";
    for (line, why) in [
        ("anna", expected),
        ("anna:", expected),
        ("anna:$argon2id$v=19$m=8,t=1,p=1$", expected),
        (other.trim_end(), expected),
        (large.trim_end(), "line 3: the hash takes more than 256 MiB of memory"),
        (
            long.trim_end(),
            "line 3: the hash takes more than 32 times the work of one that passwd makes",
        ),
        (
            longest.trim_end(),
            "line 3: the hash takes more than 32 times the work of one that passwd makes",
        ),
        (&good[4..], "line 3: the name is empty"),
        (good.trim_end(), "line 3: there is a user \"anna\" before"),
    ] {
        let error = Users::parse(&format!("# A\n{good}{line}\n")).unwrap_err();
        assert_eq!(error.to_string(), why, "{line}");
    }
    assert_eq!(Users::parse(&format!("\n# a:b\n  \n{good}")).unwrap().count(), 1);
    // As much as is allowed.
    assert_eq!(Users::parse(&good.replace("t=1", "t=155648")).unwrap().count(), 1);
}

/// Status and text of a page.
fn get(address: SocketAddr, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").expect("an answer");
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

/// The samples of a page, as Prometheus has them; each has a type and a help.
fn samples(text: &str) -> HashMap<String, f64> {
    let mut about = HashMap::<_, usize>::new();
    let mut samples = HashMap::new();
    for line in text.lines() {
        if let Some(comment) = line.strip_prefix("# ") {
            let mut words = comment.splitn(3, ' ');
            let (kind, name, rest) = (words.next(), words.next().unwrap(), words.next().unwrap());
            match kind {
                Some("TYPE") => assert!(["gauge", "counter"].contains(&rest), "{line}"),
                kind => assert_eq!(kind, Some("HELP"), "{line}"),
            }
            *about.entry(name.to_owned()).or_default() += 1;
        } else {
            let (name, value) = line.rsplit_once(' ').unwrap();
            let bare = name.split('{').next().unwrap();
            assert_eq!(about.get(bare), Some(&2), "{line}");
            assert!(samples.insert(name.to_owned(), value.parse().unwrap()).is_none(), "{line}");
        }
    }
    samples
}

#[test]
fn numbers_are_served() {
    let metrics = Some("127.0.0.1:0".parse().unwrap());
    let server = Server::start(Settings { metrics, ..settings() }).unwrap();
    let address = server.metrics().unwrap();
    assert_eq!(connack(&server, 5, None), 0);
    let mut stream = TcpStream::connect(server.addresses()[0]).unwrap();
    stream.write_all(b"\x10\x0D\0\x04MQTT\x04\x02\0\x3C\0\x01b\x30\x05\0\x01thi").unwrap();
    let (status, page) = within(PATIENCE, || {
        let (status, page) = get(address, "/metrics");
        page.contains("mqtt_messages_received_total 1\n").then_some((status, page))
    })
    .expect("a message has come");
    assert_eq!(status, 200);
    let samples = samples(&page);
    let door = format!("{{listener=\"{}\",transport=\"tcp\"}}", server.addresses()[0]);
    assert_eq!(samples[&format!("mqtt_listener_accepted_total{door}")], 2.0);
    assert_eq!(samples["mqtt_connects_total"], 2.0);
    assert_eq!(samples["mqtt_sessions_connected"], 1.0);
    assert_eq!(samples["mqtt_messages_dropped_total{reason=\"full\"}"], 0.0);
    assert!(samples["process_resident_memory_bytes"] > 1e6);
    assert!(samples["process_cpu_seconds_total"] > 0.0);
    let open = format!("mqtt_listener_connections{door}");
    let is_one = |page: &str| page.contains(&format!("{open} 1\n"));
    within(PATIENCE, || is_one(&get(address, "/metrics").1).then_some(())).expect("one is gone");
    assert_eq!(get(address, "/health"), (200, "ok\n".to_owned()));
    assert_eq!(get(address, "/other").0, 404);
    // They say nothing, and are not waited for.
    let _silent: Vec<_> = (0..3).map(|_| TcpStream::connect(address).unwrap()).collect();
    assert_eq!(get(address, "/health").0, 200);
}

#[test]
fn health_says_that_the_store_has_failed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("broker.db");
    let url = format!("sqlite:{}", file.display());
    let store = Some(url.clone());
    let metrics = Some("127.0.0.1:0".parse().unwrap());
    let server = Server::start(Settings { store, metrics, ..settings() }).unwrap();
    let address = server.metrics().unwrap();
    assert_eq!(get(address, "/health").0, 200);
    // Nothing can be written any more, for a while.
    let other = rusqlite::Connection::open(&file).unwrap();
    let refuse = "CREATE TRIGGER full BEFORE INSERT ON mqc_rows BEGIN SELECT RAISE(ABORT, 'it is full'); END";
    other.execute_batch(refuse).unwrap();
    let mut stream = TcpStream::connect(server.addresses()[0]).unwrap();
    stream.write_all(b"\x10\x0D\0\x04MQTT\x04\x02\0\x3C\0\x01b\x31\x05\0\x01thi").unwrap();
    let (status, why) = within(PATIENCE, || Some(get(address, "/health")).filter(|it| it.0 != 200))
        .expect("it fails");
    assert_eq!((status, why.contains("the store has failed: ")), (503, true), "{why}");
    assert_eq!(samples(&get(address, "/metrics").1)["mqtt_store_failing"], 1.0);
    other.execute_batch("DROP TRIGGER full").unwrap();
    within(PATIENCE, || (get(address, "/health").0 == 200).then_some(())).expect("all is well");
    assert_eq!(samples(&get(address, "/metrics").1)["mqtt_store_failing"], 0.0);
    // Another server takes it over.
    Store::open(&url).unwrap().claim("broker").unwrap();
    stream.write_all(b"\x31\x05\0\x01tho").unwrap();
    let lost = Some((503, "another server has the store\n".to_owned()));
    within(PATIENCE, || (Some(get(address, "/health")) == lost).then_some(())).expect("it is lost");
    assert_eq!(samples(&get(address, "/metrics").1)["mqtt_store_failing"], 1.0);
}

#[cfg(unix)]
#[test]
fn sighup_reads_users_and_rules_anew_if_they_are_good() {
    if !mosquitto_is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let [config, users, acl] = ["mqc.toml", "users", "acl"].map(|name| folder.path().join(name));
    let port = free_port().unwrap();
    let text =
        format!("users = \"users\"\nacl = \"acl\"\n[[listen]]\naddress = \"127.0.0.1:{port}\"\n");
    fs::write(&config, text).unwrap();
    let anna = cheap_line("anna", "1");
    fs::write(&users, &anna).unwrap();
    fs::write(&acl, "allow all %u/#\n").unwrap();
    let mut command = Command::new(PROGRAM);
    let mut program = Program::spawn(command.arg("--config").arg(&config)).unwrap();
    program.wait_for_text(Stream::Stderr, "listening").unwrap();
    let hang_up = |text: &str| {
        let pid = rustix::process::Pid::from_raw(program.id() as i32).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::HUP).unwrap();
        program.wait_for_text(Stream::Stderr, text).unwrap();
    };
    let publish = |version: &str, name: &str| {
        let who = ["-V", version, "-u", name, "-P", "1", "-q", "1", "-t", "t"];
        mosquitto_pub(port, who, b"x")
    };
    for version in ["311", "5"] {
        publish(version, "anna").unwrap();
        publish(version, "ben").unwrap_err();
        mosquitto_pub(port, ["-V", version, "-t", "t"], b"x").unwrap_err();
    }
    // One of the two is wrong: nothing has changed.
    fs::write(&users, format!("{anna}{}", cheap_line("ben", "1"))).unwrap();
    fs::write(&acl, "allow write #\n").unwrap();
    hang_up("users and rules stay as they are");
    publish("5", "ben").unwrap_err();
    fs::write(&acl, "allow all %u/#\n").unwrap();
    hang_up("users and rules are read anew");
    within(PATIENCE, || publish("5", "ben").ok()).expect("he is known now");
    publish("5", "anna").unwrap();
    program.terminate().unwrap();
    assert!(program.wait(PATIENCE).unwrap().success());
}
