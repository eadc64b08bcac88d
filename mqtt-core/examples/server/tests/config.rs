//! What the program makes of configuration files.

use core::net::SocketAddr;
use loopback::{Certificates, PATIENCE, Program, Stream, free_port, mosquitto_pub, within};
use mqc_server::Settings;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_mqc-server");

/// A folder with certificates, users and rules, good ones and others.
struct Folder {
    certificates: Certificates,
    folder: TempDir,
}

impl Folder {
    fn new() -> Self {
        let (certificates, folder) = (Certificates::new().unwrap(), tempfile::tempdir().unwrap());
        let path = |name: &str| folder.path().join(name);
        let server = certificates.server();
        fs::copy(server.certificate, path("server.pem")).unwrap();
        fs::copy(server.key, path("server.key")).unwrap();
        fs::copy(certificates.client().key, path("other.key")).unwrap();
        fs::copy(certificates.authority(), path("ca.pem")).unwrap();
        fs::write(path("prose.pem"), "I am no certificate.\n").unwrap();
        fs::write(path("users"), "# Nobody yet.\n").unwrap();
        fs::write(path("bad-users"), "# Nobody yet.\n\nanna:secret\n").unwrap();
        fs::write(path("acl"), "allow all user anna #\n").unwrap();
        fs::write(path("bad-acl"), "allow all user anna #\nallow write #\n").unwrap();
        Self { certificates, folder }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Runs the program with this configuration.
    fn run(&self, text: &str, arguments: &[&str]) -> Output {
        let file = self.path().join("mqc.toml");
        fs::write(&file, text).unwrap();
        let mut command = Command::new(PROGRAM);
        // Not in the folder: files are found beside the configuration.
        command.arg("--config").arg(&file).args(arguments);
        Program::run(&mut command, b"", PATIENCE).expect("it ends")
    }
}

#[test]
fn a_mistake_is_one_line_with_file_key_and_reason() {
    let folder = Folder::new();
    let in_folder = |name: &str| folder.path().join(name).display().to_string();
    let missing = "No such file or directory (os error 2)";
    let tls = |rest: &str| format!("[[listen]]\naddress = \"127.0.0.1:0\"\n{rest}");
    let number = |key: &str, found: &str, expected: &str| {
        format!("{key}: invalid value: integer `{found}`, expected a number{expected}")
    };
    let mut wrong = Vec::new();
    for (text, line) in [
        // The file as a whole.
        ("max_connections = 1\nmax_connections = 2".into(), "line 2, column 1: duplicate key".into()),
        ("[limits\nmax_qos = 1".into(), "line 1, column 8: unclosed table, expected `]`".into()),
        ("log = warn".into(), "line 1, column 7: string values must be quoted, expected literal string".into()),
        // Keys.
        ("max_conections = 1".into(), "max_conections: there is no such key; max_connections is meant?".into()),
        ("[limits]\nmax_qoss = 1".into(), "limits.max_qoss: there is no such key; max_qos is meant?".into()),
        ("[limits]\nzzz = 1".into(), "limits.zzz: there is no such key".into()),
        ("[[listen]]\nadress = \"x\"".into(), "listen[0].adress: there is no such key; address is meant?".into()),
        ("[[listen]]\nwebsocket = true".into(), "listen[0]: missing field `address`".into()),
        ("[[listen]]\naddress = \"1883\"".into(), "listen[0].address: 1883: invalid socket address".into()),
        ("listen = []".into(), "listen: there is none".into()),
        // Values.
        ("max_connections = \"many\"".into(), "max_connections: invalid type: string \"many\", expected a number, 0 or more".into()),
        ("max_connections = -1".into(), number("max_connections", "-1", ", 0 or more")),
        ("[limits]\nmax_qos = 3".into(), number("limits.max_qos", "3", " from 0 to 2")),
        ("[limits]\nreceive_maximum = 0".into(), number("limits.receive_maximum", "0", " from 1 to 65535")),
        ("[limits]\nmax_packet_size = 268435461".into(), number("limits.max_packet_size", "268435461", " from 64 to 268435460")),
        ("[queue]\nmax_open = 0".into(), number("queue.max_open", "0", " from 1 to 65535")),
        ("[limits]\nretain_available = 1".into(), "limits.retain_available: invalid type: integer `1`, expected a boolean".into()),
        ("[limits]\nslow_consumer = \"kill\"".into(), "limits.slow_consumer: unknown variant `kill`, expected `drop` or `disconnect`".into()),
        ("sys_interval = 1.5".into(), "sys_interval: invalid type: floating point `1.5`, expected a number from 0 to 4294967295".into()),
        ("log = \"loud\"".into(), "log: \"loud\" is not error, warn, info, debug or trace".into()),
        ("metrics = \"here\"".into(), "metrics: invalid socket address syntax".into()),
        ("store = \"redis:here\"".into(), "store: expected sqlite:FILE or file:DIRECTORY".into()),
        ("allow_anonymous = false".into(), "allow_anonymous: nobody could connect: there are no users".into()),
        // Files.
        ("users = \"nobody\"".into(), format!("users: {}: {missing}", in_folder("nobody"))),
        ("users = \"bad-users\"".into(), format!("users: {}: line 3: expected name:$argon2id$...", in_folder("bad-users"))),
        ("acl = \"nothing\"".into(), format!("acl: {}: {missing}", in_folder("nothing"))),
        ("acl = \"bad-acl\"".into(), format!("acl: {}: line 2, column 7: expected all, publish or subscribe", in_folder("bad-acl"))),
        (tls("certificate = \"server.pem\""), "listen[0].key: missing, the certificate needs it".into()),
        (tls("key = \"server.key\""), "listen[0].certificate: missing, TLS needs one".into()),
        (tls("client_ca = \"ca.pem\""), "listen[0].certificate: missing, TLS needs one".into()),
        (
            tls(&tls("certificate = \"none.pem\"\nkey = \"server.key\"")),
            format!("listen[1].certificate: {}: I/O error: {missing}", in_folder("none.pem")),
        ),
        (
            tls("certificate = \"prose.pem\"\nkey = \"server.key\""),
            format!("listen[0].certificate: {}: there is no certificate in it", in_folder("prose.pem")),
        ),
        (
            tls("certificate = \"server.pem\"\nkey = \"prose.pem\""),
            format!("listen[0].key: {}: no items found", in_folder("prose.pem")),
        ),
        (
            tls("certificate = \"server.pem\"\nkey = \"other.key\""),
            format!("listen[0].certificate: {}: keys may not be consistent: KeyMismatch", in_folder("server.pem")),
        ),
        (
            tls("certificate = \"server.pem\"\nkey = \"server.key\"\nclient_ca = \"prose.pem\""),
            format!("listen[0].client_ca: {}: there is no certificate in it", in_folder("prose.pem")),
        ),
    ] {
        let output = folder.run(&text, &[]);
        let error = String::from_utf8_lossy(&output.stderr);
        let expected = format!("mqc-server: {}: {line}\n", in_folder("mqc.toml"));
        if error != expected || output.status.code() != Some(2) {
            wrong.push(format!("{text}\nfound: {}, {error}expected: {expected}", output.status));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_file_that_is_not_there_is_a_mistake() {
    let mut command = Command::new(PROGRAM);
    let output =
        Program::run(command.args(["--config", "/nowhere/x.toml"]), b"", PATIENCE).unwrap();
    let expected = "mqc-server: /nowhere/x.toml: No such file or directory (os error 2)\n";
    assert_eq!(String::from_utf8_lossy(&output.stderr), expected);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn an_option_takes_the_place_of_a_key_before_that_is_judged() {
    let folder = Folder::new();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (users, acl) = (path("users"), path("acl"));
    for (text, option) in [
        // Without the option nobody could connect.
        ("allow_anonymous = false", ["--users", &users]),
        ("users = \"bad-users\"", ["--users", &users]),
        ("users = \"nobody\"", ["--users", &users]),
        ("acl = \"bad-acl\"", ["--acl", &acl]),
        ("store = \"redis:here\"", ["--store", "sqlite:broker.db"]),
        ("listen = []", ["--listen", "127.0.0.1:0"]),
        ("[[listen]]\naddress = \"no.such.invalid:1\"", ["--listen", "127.0.0.1:0"]),
        (
            "[[listen]]\naddress = \"[::]:1\"\ncertificate = \"none.pem\"\nkey = \"none.key\"",
            ["--websocket", "127.0.0.1:0"],
        ),
    ] {
        let refused = folder.run(text, &["--check"]);
        assert_eq!(refused.status.code(), Some(2), "{text}");
        let output = folder.run(text, &["--check", option[0], option[1]]);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{text} {option:?}: {error}");
    }
    let everybody = folder.run("allow_anonymous = false", &["--check", "--allow-anonymous"]);
    assert!(everybody.status.success());
    // What the option names is judged.
    let bad = path("bad-users");
    let output = folder.run("users = \"users\"", &["--check", "--users", &bad]);
    let expected = format!("mqc-server: {bad}: line 3: expected name:$argon2id$...\n");
    assert_eq!(String::from_utf8_lossy(&output.stderr), expected);
}

#[test]
fn a_name_that_has_no_address_is_a_mistake() {
    let folder = Folder::new();
    let text =
        "[[listen]]\naddress = \"127.0.0.1:0\"\n[[listen]]\naddress = \"no.such.invalid:1883\"";
    for (arguments, text, key) in [
        (&["--check"][..], text, "listen[1].address: no.such.invalid:1883: "),
        (&["--check", "--wss", "no.such.invalid:1"], "", "--wss: no.such.invalid:1: "),
    ] {
        let output = folder.run(text, arguments);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), error.lines().count()), (Some(2), 1), "{error}");
        let (_, reason) = error.split_once(key).expect("the key, and the name");
        assert!(reason.len() > 10, "{error}");
    }
}

const CONNECT: &[u8] = b"\x10\x0C\0\x04MQTT\x04\x02\0\x3C\0\0";

/// Is a client let in there?
fn is_let_in(address: impl Into<SocketAddr>) -> bool {
    let mut stream = TcpStream::connect(address.into()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut connack = [0; 4];
    let result = stream.write_all(CONNECT).and_then(|()| stream.read_exact(&mut connack));
    result.is_ok() && connack == [0x20, 2, 0, 0]
}

#[test]
fn it_listens_on_each_address_of_a_name() {
    let folder = Folder::new();
    let port = free_port().unwrap();
    let file = folder.path().join("mqc.toml");
    fs::write(&file, format!("[[listen]]\naddress = \"localhost:{port}\"")).unwrap();
    let (file, name) = (file.display().to_string(), format!("localhost:{port}"));
    for arguments in [["--config", &file], ["--listen", &name]] {
        let mut program = Program::spawn(Command::new(PROGRAM).args(arguments)).unwrap();
        let addresses = std::net::ToSocketAddrs::to_socket_addrs(&name).unwrap();
        // Those of a family that is lacking are not among them.
        let addresses = addresses.filter(|one| TcpListener::bind((one.ip(), 0)).is_ok());
        let mut count = 0;
        for address in addresses {
            program.wait_for_text(Stream::Stderr, &address.to_string()).unwrap();
            assert!(is_let_in(address), "{address}");
            count += 1;
        }
        assert!(count > 0, "localhost is somewhere");
        program.terminate().unwrap();
        program.wait(PATIENCE).unwrap();
    }
}

#[test]
fn by_default_only_this_machine_reaches_it() {
    let listen = Settings::default().listen;
    let addresses: Vec<_> = listen.iter().map(|one| one.address.to_string()).collect();
    assert_eq!(addresses, ["127.0.0.1:1883"]);
    assert!(!listen[0].is_websocket && listen[0].tls.is_none());
}

#[test]
fn keys_about_connections_and_numbers_of_the_broker_hold() {
    let folder = Folder::new();
    let port = free_port().unwrap();
    let file = folder.path().join("mqc.toml");
    let text = format!(
        "max_connections = 2\nsys_interval = 1\n[[listen]]\naddress = \"127.0.0.1:{port}\""
    );
    fs::write(&file, text).unwrap();
    let mut program = Program::spawn(Command::new(PROGRAM).arg("--config").arg(&file)).unwrap();
    program.wait_for_text(Stream::Stderr, "listening").unwrap();
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let _other = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.write_all(CONNECT).unwrap();
    let mut connack = [0; 4];
    stream.read_exact(&mut connack).unwrap();
    assert_eq!(connack, [0x20, 2, 0, 0]);
    let third = SocketAddr::from(([127, 0, 0, 1], port));
    assert!(!is_let_in(third), "there are two");
    // SUBSCRIBE to $SYS/broker/uptime, which is told in seconds: some come within less than ten of each other.
    stream.write_all(b"\x82\x17\0\x01\0\x12$SYS/broker/uptime\0").unwrap();
    let mut suback = [0; 5];
    stream.read_exact(&mut suback).unwrap();
    assert_eq!(suback, [0x90, 3, 0, 1, 0]);
    let mut next = || {
        let mut head = [0; 22];
        stream.read_exact(&mut head).unwrap();
        // The first may be one that was retained.
        assert_eq!((head[0] & 0xFE, &head[4..]), (0x30, &b"$SYS/broker/uptime"[..]));
        let mut payload = vec![0; usize::from(head[1]) - 20];
        stream.read_exact(&mut payload).unwrap();
        String::from_utf8(payload).unwrap().parse::<u64>().unwrap()
    };
    let mut before = next();
    let is_often = (0..3).any(|_| {
        let after = next();
        core::mem::replace(&mut before, after) + 10 > after
    });
    assert!(is_often, "it is told each second");
    program.terminate().unwrap();
    program.wait(PATIENCE).unwrap();
}

#[test]
fn a_good_file_is_checked_without_serving() {
    let folder = Folder::new();
    let text = "users = \"users\"\nacl = \"acl\"\nstore = \"sqlite:broker.db\"\n\
        [[listen]]\naddress = \"127.0.0.1:0\"\ncertificate = \"server.pem\"\nkey = \"server.key\"\n\
        client_ca = \"ca.pem\"\n[limits]\nmax_qos = 1\n";
    let output = folder.run(text, &["--check"]);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "all is well\n");
    assert!(output.status.success() && output.stderr.is_empty());
    assert!(!folder.path().join("broker.db").exists(), "nothing is made");
    let output = folder.run(include_str!("../example.toml"), &["--check"]);
    assert!(output.status.success(), "the example is good");
}

#[test]
fn an_address_that_is_taken_is_no_mistake_of_the_file() {
    let folder = Folder::new();
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = other.local_addr().unwrap();
    for text in [
        format!("[[listen]]\naddress = \"{taken}\""),
        format!("metrics = \"{taken}\"\n[[listen]]\naddress = \"127.0.0.1:0\""),
    ] {
        let output = folder.run(&format!("log = \"error\"\n{text}"), &[]);
        let expected = format!("mqc-server: {taken}: Address already in use (os error 98)\n");
        assert_eq!(String::from_utf8_lossy(&output.stderr), expected);
        assert_eq!(output.status.code(), Some(1));
    }
}

#[test]
fn what_the_file_says_holds_and_what_the_command_line_says_comes_first() {
    let folder = Folder::new();
    let ports: Vec<u16> = (0..3).map(|_| free_port().unwrap()).collect();
    let text = format!(
        "store = \"sqlite:broker.db\"\nlog_format = \"json\"\nlog = \"debug\"\n\
        [[listen]]\naddress = \"127.0.0.1:{}\"\n\
        [[listen]]\naddress = \"127.0.0.1:{}\"\ncertificate = \"server.pem\"\nkey = \"server.key\"\n\
        [limits]\nretain_available = false\n",
        ports[0], ports[1]
    );
    let file = folder.path().join("mqc.toml");
    fs::write(&file, text).unwrap();
    let start = |arguments: &[&str]| {
        let mut command = Command::new(PROGRAM);
        let program = Program::spawn(command.arg("--config").arg(&file).args(arguments)).unwrap();
        program.wait_for_text(Stream::Stderr, "listening").unwrap();
        program
    };
    let stop = |mut program: Program| {
        program.terminate().unwrap();
        let status = within(PATIENCE, || program.try_wait().unwrap()).expect("it ends");
        assert!(status.success());
        String::from_utf8_lossy(&program.output(Stream::Stderr)).into_owned()
    };
    let program = start(&[]);
    if loopback::mosquitto_is_here() {
        let authority = folder.certificates.authority();
        let tls = ["-V", "5", "-t", "t", "--cafile", authority.to_str().unwrap()];
        mosquitto_pub(ports[1], tls, b"x").unwrap();
        mosquitto_pub(ports[0], ["-V", "5", "-t", "t"], b"x").unwrap();
        let will = ["-V", "5", "-t", "t", "--will-topic", "t", "--will-retain"];
        mosquitto_pub(ports[0], will, b"x").unwrap_err();
    }
    assert!(folder.path().join("broker.db").exists());
    let log = stop(program);
    assert!(log.lines().all(|line| line.starts_with('{') && line.ends_with('}')), "{log}");
    let log = stop(start(&["--listen", &format!("127.0.0.1:{}", ports[2]), "--log", "info"]));
    assert!(log.contains(&ports[2].to_string()) && !log.contains(&ports[0].to_string()), "{log}");
    assert!(!log.contains("DEBUG"));
}

#[test]
fn without_configuration_it_says_what_that_means() {
    let address = format!("127.0.0.1:{}", free_port().unwrap());
    let mut command = Command::new(PROGRAM);
    let mut program = Program::spawn(command.args(["--listen", &address])).unwrap();
    program.wait_for_text(Stream::Stderr, "listening").unwrap();
    for text in ["whoever reaches it may publish and subscribe to everything", "there is no store"]
    {
        program.wait_for_text(Stream::Stderr, text).unwrap();
    }
    program.kill().unwrap();
}
