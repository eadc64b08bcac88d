//! What `mqc-sub` prints.

use super::{SUB, VERSIONS, end, granted, ours, run, subscriber, text};
use loopback::{
    Broker, BrokerOptions, MosquittoSub, PATIENCE, Program, Stream, mosquitto_pub,
    mosquitto_pub_lines, within,
};
use std::io;
use std::process::Stdio;

/// Has these messages published by mosquitto: topic and payload.
fn send(port: u16, args: &[&str], messages: &[(&str, &str)]) -> io::Result<()> {
    for (topic, payload) in messages {
        mosquitto_pub(port, args.iter().chain(&["-t", topic]), payload.as_bytes())?;
    }
    Ok(())
}

/// What `mqc-sub` prints of these messages, when it is there before them.
fn printed(port: u16, args: &str, messages: &[(&str, &str)]) -> io::Result<String> {
    let program = subscriber(port, args.split_whitespace())?;
    send(port, &["-q", "2"], messages)?;
    let (output, code) = end(program)?;
    assert_eq!(code, Some(0), "{args}");
    Ok(output)
}

#[test]
fn payloads_and_topics_are_printed() -> io::Result<()> {
    let Some(broker) = Broker::for_test(BrokerOptions::default()) else { return Ok(()) };
    let port = broker.port();
    let messages = [("a/b", "1 €"), ("a/c", ""), ("d", "2")];
    for (version, qos) in VERSIONS.into_iter().zip(0..) {
        let common = format!("-V {version} -q {qos} -t a/+ -t d -C 3");
        assert_eq!(printed(port, &common, &messages)?, "1 €\n2\n");
        let verbose = printed(port, &format!("{common} -v"), &messages)?;
        assert_eq!(verbose, "a/b 1 €\na/c (null)\nd 2\n");
        assert_eq!(printed(port, &format!("{common} -N"), &messages)?, "1 €2");
        let filtered = format!("-V {version} -q {qos} -t # -T a/+ -T $SYS/# -C 1 -v");
        assert_eq!(printed(port, &filtered, &messages)?, "d 2\n");
    }
    Ok(())
}

#[test]
fn bytes_are_printed_as_they_are() -> io::Result<()> {
    let Some(broker) = Broker::for_test(BrokerOptions::default()) else { return Ok(()) };
    let mut program = subscriber(broker.port(), ["-t", "a", "-C", "1", "-N"])?;
    let payload: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    mosquitto_pub(broker.port(), ["-t", "a"], &payload)?;
    assert!(program.wait(PATIENCE)?.success());
    assert!(program.output(Stream::Stdout) == payload);
    Ok(())
}

#[test]
fn exactly_so_many_messages_are_taken() -> io::Result<()> {
    let Some(broker) = Broker::for_test(BrokerOptions::default().line("log_type all")) else {
        return Ok(());
    };
    let port = broker.port();
    for (version, qos) in [("311", "1"), ("5", "1"), ("311", "2"), ("5", "2")] {
        let id = format!("taker-{version}-{qos}");
        let common = ["-V", version, "-c", "-i", &id, "-q", qos, "-t", "n"];
        let first = run(SUB, port, common.iter().chain(&["-E"]), b"")?;
        assert_eq!(first.status.code(), Some(0));
        let mut seen = String::new();
        let all: Vec<String> = (0..300).map(|number| number.to_string()).collect();
        let mut publisher = mosquitto_pub_lines(port, ["-q", "2", "-t", "n"], &all)?;
        assert!(publisher.wait(PATIENCE)?.success());
        // The one that was the last was acknowledged, the one behind it was not.
        for count in [1, 2, 97, 150, 50] {
            let count = count.to_string();
            let output = run(SUB, port, common.iter().chain(&["-C", &count]), b"")?;
            assert_eq!(output.status.code(), Some(0));
            seen.push_str(&text(&output.stdout));
        }
        assert_eq!(seen.lines().collect::<Vec<_>>(), all, "version {version}, QoS {qos}");
        run(SUB, port, ["-i", &id, "-t", "n", "-E"], b"")?;
        // It has not lost patience with what it did not want any more.
        let told = format!("Received DISCONNECT from {id}\n");
        let count = || broker.log().matches(&told).count();
        within(PATIENCE, || (count() == 7).then_some(())).expect("7 times DISCONNECT");
    }
    Ok(())
}

#[test]
fn retained_messages_are_chosen() -> io::Result<()> {
    let Some(broker) = Broker::for_test(BrokerOptions::default()) else { return Ok(()) };
    let port = broker.port();
    send(port, &["-r"], &[("r/1", "old"), ("r/2", "old")])?;
    let new = [("r/1", "new")];
    for version in VERSIONS {
        let version = format!("-V {version} -v -t r/#");
        let printed = |args: &str| printed(port, &format!("{version} {args}"), &new);
        assert_eq!(printed("-R -C 1")?, "r/1 new\n");
        assert_eq!(printed("-C 3")?, "r/1 old\nr/2 old\nr/1 new\n");
        assert_eq!(printed("--retained-only")?, "r/1 old\nr/2 old\n");
    }
    // As long as the subscription is there, they do not come again.
    let common = "-V 5 -c -i keeper -v -t r/#";
    assert_eq!(
        printed(port, &format!("{common} --retain-handling never -C 1"), &new)?,
        "r/1 new\n"
    );
    assert_eq!(printed(port, &format!("{common} --retain-handling new -C 1"), &new)?, "r/1 new\n");
    let always = printed(port, &format!("{common} --retain-handling always -C 3"), &new)?;
    assert_eq!(always, "r/1 old\nr/2 old\nr/1 new\n");
    // The flag tells what was published, not whether it is old.
    for (args, flags) in [("", "1\n1\n0\n"), ("--retain-as-published", "1\n1\n1\n")] {
        let args = ["-V", "5", "-t", "r/#", "-F", "%r", "-C", "3"]
            .into_iter()
            .chain(args.split_whitespace());
        let program = subscriber(port, args)?;
        send(port, &["-r"], &[("r/1", "old")])?;
        assert_eq!(end(program)?.0, flags);
    }
    Ok(())
}

#[test]
fn retained_messages_are_deleted() -> io::Result<()> {
    let Some(broker) = Broker::for_test(BrokerOptions::default()) else { return Ok(()) };
    let port = broker.port();
    for version in VERSIONS {
        send(port, &["-r"], &[("r/1", "1"), ("r/2", "2"), ("r/3", "3"), ("keep", "4")])?;
        let args = format!("-V {version} -v -t # -T keep --remove-retained --retained-only");
        let output = run(SUB, port, args.split_whitespace(), b"")?;
        assert_eq!(text(&output.stdout), "r/1 1\nr/2 2\nr/3 3\n");
        assert_eq!(output.status.code(), Some(0));
        let sub = MosquittoSub::start(port, ["-t", "#"])?;
        send(port, &[], &[("end", "")])?;
        let topics: Vec<_> = sub.wait_for(2, PATIENCE)?.into_iter().map(|it| it.topic).collect();
        assert_eq!(topics, ["keep", "end"]);
    }
    // What the program itself publishes comes back to it, unless it does not want that.
    for (args, count) in [(&[][..], "2"), (&["--no-local"], "1")] {
        send(port, &["-r"], &[("r/1", "1")])?;
        let common = ["-V", "5", "-v", "-t", "r/#", "--remove-retained", "-C", "2"];
        let program = Program::spawn(ours(SUB, port).args(common.iter().chain(args)))?;
        program.wait_for_line(Stream::Stdout, PATIENCE, |line| line == b"r/1 1")?;
        if count == "1" {
            send(port, &[], &[("r/1", "other")])?;
        }
        let (output, _) = end(program)?;
        let second = if count == "1" { "r/1 other\n" } else { "r/1 (null)\n" };
        assert_eq!(output, format!("r/1 1\n{second}"));
    }
    Ok(())
}

#[test]
fn a_session_is_kept_and_a_subscription_ended() -> io::Result<()> {
    let Some(broker) = Broker::for_test(BrokerOptions::default()) else { return Ok(()) };
    let port = broker.port();
    for version in VERSIONS {
        let id = format!("kept-{version}");
        let common = ["-V", version, "-c", "-i", &id, "-q", "1"];
        let run = |more: &[&str]| run(SUB, port, common.iter().chain(more), b"");
        assert_eq!(run(&["-t", "k/1", "-t", "k/2", "-E"])?.status.code(), Some(0));
        send(port, &["-q", "1"], &[("k/1", "one"), ("k/2", "two")])?;
        assert_eq!(text(&run(&["-t", "k/1", "-C", "2", "-v"])?.stdout), "k/1 one\nk/2 two\n");
        assert_eq!(run(&["-U", "k/1", "-E"])?.status.code(), Some(0));
        send(port, &["-q", "1"], &[("k/1", "three"), ("k/2", "four")])?;
        assert_eq!(text(&run(&["-t", "k/2", "-C", "1", "-v"])?.stdout), "k/2 four\n");
    }
    Ok(())
}

#[test]
fn a_session_expires_when_it_was_said_to() -> io::Result<()> {
    let Some(broker) = Broker::for_test(BrokerOptions::default()) else { return Ok(()) };
    let port = broker.port();
    let start = |args: &str| {
        let common = "-V 5 -i short -q 1 -t k -d";
        let args: Vec<_> = common.split_whitespace().chain(args.split_whitespace()).collect();
        Ok::<_, io::Error>(text(&run(SUB, port, args, b"")?.stderr))
    };
    assert!(start("-c -x 0 -E")?.contains("new session"));
    assert!(start("-c -E -D connect session-expiry-interval 100")?.contains("new session"));
    assert!(start("-c -x 100 -E")?.contains("session of before"));
    assert!(start("-E")?.contains("new session"));
    Ok(())
}

#[test]
fn a_subscription_has_an_identifier() -> io::Result<()> {
    let Some(broker) = Broker::for_test(BrokerOptions::default()) else { return Ok(()) };
    let args = "-t a -D subscribe subscription-identifier 3 -F %S -C 1";
    assert_eq!(printed(broker.port(), args, &[("a", "x")])?, "3\n");
    Ok(())
}

#[test]
fn time_runs_out() -> io::Result<()> {
    let Some(broker) = Broker::for_test(BrokerOptions::default()) else { return Ok(()) };
    for version in VERSIONS {
        let output = run(SUB, broker.port(), ["-V", version, "-t", "a", "-W", "1"], b"")?;
        assert_eq!(output.status.code(), Some(27));
        assert_eq!(text(&output.stderr), "mqc-sub: timed out\n");
    }
    Ok(())
}

#[test]
fn a_signal_ends_it_with_a_disconnect() -> io::Result<()> {
    let Some(broker) = Broker::for_test(BrokerOptions::default().line("log_type all")) else {
        return Ok(());
    };
    for version in VERSIONS {
        let id = format!("quiet-{version}");
        let mut program = subscriber(broker.port(), ["-V", version, "-i", &id, "-t", "a"])?;
        program.terminate()?;
        assert_eq!(end(program)?.1, Some(0));
        let told = format!("Received DISCONNECT from {id}");
        within(PATIENCE, || broker.log().contains(&told).then_some(())).expect("DISCONNECT");
    }
    Ok(())
}

#[test]
fn a_will_is_published_if_the_program_is_killed() -> io::Result<()> {
    let Some(broker) = Broker::for_test(BrokerOptions::default()) else { return Ok(()) };
    let watcher = MosquittoSub::start(broker.port(), ["-q", "1", "-t", "wills"])?;
    for (number, version) in VERSIONS.into_iter().enumerate() {
        let args = ["-V", version, "-t", "a", "--will-topic", "wills", "--will-qos", "1"];
        let mut program = subscriber(broker.port(), args)?;
        program.kill()?;
        let messages = watcher.wait_for(number + 1, PATIENCE)?;
        assert_eq!(messages[number].payload, b"");
    }
    Ok(())
}

#[test]
fn it_ends_when_nobody_reads() -> io::Result<()> {
    let Some(broker) = Broker::for_test(BrokerOptions::default()) else { return Ok(()) };
    let port = broker.port();
    let common = ["-c", "-i", "pipe", "-q", "1", "-t", "a"];
    run(SUB, port, common.iter().chain(&["-E"]), b"")?;
    send(port, &["-q", "1"], &[("a", "not seen")])?;
    let mut command = ours(SUB, port);
    command.args(common).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn()?;
    drop(child.stdout.take());
    within(PATIENCE, || child.try_wait().transpose()).expect("it ends")?;
    let output = child.wait_with_output()?;
    assert_eq!((text(&output.stderr).as_str(), output.status.code()), ("", Some(0)));
    // What was not written was not acknowledged.
    let output = run(SUB, port, common.iter().chain(&["-C", "1"]), b"")?;
    assert_eq!(text(&output.stdout), "not seen\n");
    Ok(())
}

#[test]
fn it_goes_on_with_a_broker_that_comes_back() -> io::Result<()> {
    let Some(mut broker) = Broker::for_test(BrokerOptions::default()) else { return Ok(()) };
    for version in VERSIONS {
        let program = subscriber(broker.port(), ["-V", version, "-t", "a", "-C", "2"])?;
        send(broker.port(), &[], &[("a", "before")])?;
        program.wait_for_line(Stream::Stdout, PATIENCE, |line| line == b"before")?;
        broker.restart()?;
        // The broker has forgotten the subscription: until it is made again, nothing comes.
        within(PATIENCE, || {
            send(broker.port(), &[], &[("a", "after")]).ok()?;
            (program.lines(Stream::Stdout).len() == 2).then_some(())
        })
        .expect("a message after the restart");
        assert!(text(&program.output(Stream::Stderr)).contains("trying again"));
        assert_eq!(end(program)?, ("before\nafter\n".to_owned(), Some(0)));
    }
    Ok(())
}

#[test]
fn much_is_printed_in_order() -> io::Result<()> {
    let Some(broker) = Broker::for_test(BrokerOptions::default().line("max_queued_messages 0"))
    else {
        return Ok(());
    };
    let input: String = (0..10_000).map(|number| format!("line {number}\n")).collect();
    for (version, qos) in [("311", "0"), ("311", "1"), ("5", "2")] {
        let args = ["-V", version, "-q", qos, "-t", "lines", "-C", "10000"];
        let program = Program::spawn(ours(SUB, broker.port()).arg("-d").args(args))?;
        granted(&program)?;
        let args = ["-q", "2", "-t", "lines"];
        let mut publisher = mosquitto_pub_lines(broker.port(), args, input.lines())?;
        assert!(publisher.wait(PATIENCE)?.success());
        let (output, code) = end(program)?;
        assert!(output == input, "version {version}, QoS {qos}");
        assert_eq!(code, Some(0));
    }
    Ok(())
}
