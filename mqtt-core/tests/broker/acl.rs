//! Rules against single names: what an [`Acl`] allows is what one could find by asking for each name.

use crate::naive;
use allocation_counter::measure;
use core::hint::black_box;
use core::panic::UnwindSafe;
use mqtt_core::{
    Acl, AclAction, AclDecision, AclError, AclErrorKind, AclRule, AclSubject, Identity, TopicError,
    TopicFilter, TopicName, Version,
};
use proptest::prelude::*;
use std::sync::LazyLock;

fn acl(text: &str) -> Acl {
    Acl::parse(text).unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

fn client(client_id: &str) -> Identity<'_> {
    Identity { client_id, user_name: None }
}

fn user(user_name: &str) -> Identity<'_> {
    Identity { client_id: "phone", user_name: Some(user_name) }
}

fn publishes(acl: &Acl, who: Identity<'_>, topic: &str) -> bool {
    acl.allows_publish(&who, TopicName::new(topic).expect("a name"))
}

fn subscribes(acl: &Acl, who: Identity<'_>, filter: &str) -> bool {
    acl.allows_subscribe(&who, TopicFilter::new(filter).expect("a filter"))
}

#[test]
fn types_cross_threads() {
    fn fine<T: Send + Sync + UnwindSafe + Clone>() {}
    fine::<Acl>();
    fine::<AclRule<'_>>();
    fine::<AclError>();
    fine::<Identity<'_>>();
    assert_eq!(Acl::default(), Acl::new());
}

#[test]
fn the_first_rule_that_decides_wins() {
    let acl = acl("
        deny  subscribe         a/secret
        allow all user anna     a/secret
        allow all               a/#
        deny  all client phone  b
        allow all user anna     b
        default deny");
    assert!(publishes(&acl, user("anna"), "a/secret"));
    assert!(!subscribes(&acl, user("anna"), "a/secret"));
    assert!(publishes(&acl, user("ben"), "a/secret") && subscribes(&acl, user("ben"), "a/b/#"));
    assert!(!subscribes(&acl, user("ben"), "a/+") && !subscribes(&acl, user("ben"), "a/#"));
    // Of a user and of a client: whichever comes first.
    assert!(!publishes(&acl, user("anna"), "b"));
    assert!(publishes(&acl, Identity { client_id: "x", ..user("anna") }, "b"));
    assert!(!publishes(&acl, client("anna"), "b"));
}

#[test]
fn the_default_decides_last() {
    let acl = acl("deny publish a");
    assert!(!publishes(&acl, client("x"), "b"));
    let acl = acl.with_default(AclDecision::Allow);
    assert!(publishes(&acl, client("x"), "b") && !publishes(&acl, client("x"), "a"));
    assert!(subscribes(&acl, client("x"), "#"));
    assert_eq!(acl.default_decision(), AclDecision::Allow);
    assert_eq!(acl, Acl::parse("default allow\ndeny publish a").expect("rules"));
}

#[test]
fn a_subscription_that_is_partly_allowed_is_refused() {
    let partly = acl("allow all a/b\nallow all a/c/#");
    assert!(subscribes(&partly, client("x"), "a/b") && subscribes(&partly, client("x"), "a/c/+"));
    for filter in ["a/+", "a/#", "+/b", "#", "a/+/d"] {
        assert!(!subscribes(&partly, client("x"), filter), "{filter}");
    }
    // `#` takes the level above it with it.
    let below = acl("allow subscribe a/+/#");
    assert!(subscribes(&below, client("x"), "a/+") && !subscribes(&below, client("x"), "a/#"));
    let denied = acl("deny all a/b\nallow all #");
    assert!(!subscribes(&denied, client("x"), "+/b/#") && subscribes(&denied, client("x"), "+/c"));
}

#[test]
fn dollar_topics_are_for_rules_that_name_them() {
    let all = acl("allow all #");
    assert!(publishes(&all, client("x"), "a/$SYS") && subscribes(&all, client("x"), "#"));
    assert!(!publishes(&all, client("x"), "$SYS/a") && !subscribes(&all, client("x"), "$SYS/#"));
    let some = acl("deny all $SYS/secret\nallow all $SYS/#");
    assert!(subscribes(&some, client("x"), "$SYS/load/+"));
    assert!(!subscribes(&some, client("x"), "$SYS/+") && !subscribes(&some, client("x"), "#"));
    // Nor by a name that is chosen for it.
    for rules in ["allow all %c/#", "allow all %u/#", "allow all %c"] {
        let own = acl(rules);
        let sly = Identity { client_id: "$SYS", user_name: Some("$SYS") };
        assert!(!subscribes(&own, sly, "$SYS/#") && !publishes(&own, sly, "$SYS"), "{rules}");
        assert!(publishes(&own, Identity { client_id: "x", user_name: Some("x") }, "x"));
    }
    assert!(publishes(&acl("allow all a/%c"), client("$SYS"), "a/$SYS"));
}

#[test]
fn of_a_shared_subscription_the_filter_counts() {
    let acl = acl("deny all a/secret\nallow subscribe a/#");
    assert!(subscribes(&acl, client("x"), "$share/g/a/b"));
    assert!(!subscribes(&acl, client("x"), "$share/g/a/#"));
    assert!(!subscribes(&acl, client("x"), "$share/a/b"));
    assert!(!subscribes(&acl, client("x"), "$share/g/$share/h/a/b"));
    // Before 5.0 this is a filter as any other.
    let plain = TopicFilter::for_version("$share/g/a/b", Version::V311).expect("a filter");
    assert!(!acl.allows_subscribe(&client("x"), plain));
}

#[test]
fn what_is_filled_in_widens_nothing() {
    let own = acl("allow all d/%c/#\nallow all u/%u/#");
    let anna = Identity { client_id: "c1", user_name: Some("anna") };
    for topic in ["d/c1", "d/c1/a/b", "u/anna/a"] {
        assert!(publishes(&own, anna, topic) && subscribes(&own, anna, topic), "{topic}");
    }
    for topic in ["d/c2", "d/anna", "u/c1", "d/%c", "u/%u", "d", "d/c10"] {
        assert!(!publishes(&own, anna, topic) && !subscribes(&own, anna, topic), "{topic}");
    }
    for sly in ["#", "+", "+/#", "c1/#", "c1/a", "/", "c1+", ""] {
        let who = Identity { client_id: sly, user_name: Some(sly) };
        for filter in ["d/#", "d/+", "d/c1", "d/c1/#", "d/c1/a", "d//a", "u/#", "u/+/a", "#"] {
            assert!(!subscribes(&own, who, filter), "{sly:?} {filter}");
        }
        for topic in ["d/c1/a", "d//", "d/", "u/c1", "u//"] {
            assert!(!publishes(&own, who, topic), "{sly:?} {topic}");
        }
    }
    // The anonymous have no name, not an empty one.
    assert!(!publishes(&own, client("c1"), "u//a") && !subscribes(&own, client("c1"), "u/#"));
    let empty = acl("allow all user \"\" a");
    assert!(publishes(&empty, user(""), "a") && !publishes(&empty, client(""), "a"));
    // Such a rule keeps out nobody either.
    let open = acl("deny all d/%c/#\ndeny all u/%u\ndefault allow");
    assert!(subscribes(&open, client("#"), "d/#") && publishes(&open, client("c1"), "u/c1"));
    assert!(!subscribes(&open, client("c1"), "d/+") && subscribes(&open, client("c1"), "d/c2"));
}

#[test]
fn only_whole_levels_are_filled_in() {
    let acl = acl("allow all d-%c/%%c/%C/%cc");
    assert!(!publishes(&acl, client("x"), "d-x/%x/x/xc"));
    assert!(publishes(&acl, client("#"), "d-%c/%%c/%C/%cc"));
    // What is filled in is not filled in again.
    assert!(publishes(&self::acl("allow all a/%c"), client("%u"), "a/%u"));
}

#[test]
fn text_may_be_laid_out_freely() {
    let text = "\t# comment, \"with\0 anything\n\r\n  allow\tall   user \"anna \\\"b\\\"\\\\\\r\\n\" \
        \"my room/#\" \t\r\ndeny publish client %c \"user\"\n#\n default   allow\n\n";
    let acl = acl(text);
    let rules: Vec<_> = acl.rules().collect();
    let filter = TopicFilter::from_static;
    let expected = [
        AclRule {
            decision: AclDecision::Allow,
            action: AclAction::All,
            who: AclSubject::User("anna \"b\"\\\r\n"),
            filter: filter("my room/#"),
        },
        AclRule {
            decision: AclDecision::Deny,
            action: AclAction::Publish,
            who: AclSubject::Client("%c"),
            filter: filter("user"),
        },
    ];
    assert_eq!(rules, expected);
    assert_eq!(
        acl.to_string(),
        "allow all user \"anna \\\"b\\\"\\\\\\r\\n\" \"my room/#\"\n\
        deny publish client %c \"user\"\n\
        default allow\n"
    );
    assert_eq!(Acl::new().to_string(), "default deny\n");
}

#[test]
fn errors_say_where_and_what_was_expected() {
    use AclErrorKind as K;
    let filter = |text| K::Filter(TopicFilter::new(text).expect_err("no filter"));
    let long = format!("allow all {}", "a".repeat(65_536));
    for (text, kind, line, column) in [
        ("grant all #", K::Decision, 1, 1),
        ("Allow all #", K::Decision, 1, 1),
        ("\"allow\" all #", K::Decision, 1, 1),
        ("\u{FEFF}allow all #", K::Decision, 1, 1),
        ("deny all #\n\n  allow", K::Action, 3, 8),
        ("allow  read #", K::Action, 1, 8),
        ("allow \"all\" #", K::Action, 1, 7),
        ("default", K::Default, 1, 8),
        ("default no", K::Default, 1, 9),
        ("default deny now", K::LineEnd, 1, 14),
        ("default deny\ndefault deny", K::DefaultTwice, 2, 1),
        ("allow all", K::NoFilter, 1, 10),
        ("allow all user", K::Name, 1, 15),
        ("allow all client ", K::Name, 1, 18),
        ("allow all user é", K::NoFilter, 1, 17),
        ("allow all user é a b", K::LineEnd, 1, 20),
        ("allow all everybody #", K::LineEnd, 1, 21),
        ("allow all # # why", K::LineEnd, 1, 13),
        ("allow all \"\"", filter(""), 1, 11),
        ("allow all é/+b", filter("é/+b"), 1, 11),
        ("allow all user é \"a #\"", filter("a #"), 1, 18),
        ("allow all $share/g/a", K::Shared, 1, 11),
        ("allow all $share/g", filter("$share/g"), 1, 11),
        (&long, K::Filter(TopicError::TooLong { len: 65_536 }), 1, 11),
        ("allow all \"a", K::QuoteOpen, 1, 11),
        ("allow all \"a\nb\"", K::QuoteOpen, 1, 11),
        ("allow all \"a\"b", K::QuoteEnd, 1, 14),
        ("allow all \"é\\t\"", K::Escape, 1, 13),
        ("allow all \"\\", K::Escape, 1, 12),
        ("allow all é\"b\"", K::Character, 1, 12),
        ("allow all a\u{A0}b", K::Character, 1, 12),
        ("allow all a\rdeny all b", K::Character, 1, 12),
    ] {
        let error = Acl::parse(text).expect_err(text);
        assert_eq!((error.kind(), error.line(), error.column()), (kind, line, column), "{text:?}");
        assert_eq!(error.to_string(), format!("line {line}, column {column}: {kind}"));
    }
}

#[test]
fn size_is_bounded() {
    let comment = |len: usize| format!("#{}", "x".repeat(len - 1));
    assert!(Acl::parse(&comment(Acl::MAX_TEXT_LEN)).is_ok());
    let error = Acl::parse(&comment(Acl::MAX_TEXT_LEN + 1)).expect_err("too long");
    assert_eq!((error.kind(), error.line(), error.column()), (AclErrorKind::TooLong, 1, 1));
    assert_eq!(error.kind().to_string(), "more than 16777216 bytes of rules");

    let mut text = "allow all a\n".repeat(Acl::MAX_RULES);
    let full = acl(&text);
    text.push_str("deny all b");
    let error = Acl::parse(&text).expect_err("too many");
    assert_eq!((error.kind(), error.line()), (AclErrorKind::TooManyRules, Acl::MAX_RULES + 1));
    let rule = full.rules().next().expect("a rule");
    assert_eq!(full.clone().rule(rule), Err(AclErrorKind::TooManyRules));

    // Each quote takes two bytes as text.
    let name = "\"".repeat(1 << 20);
    let rule = AclRule { who: AclSubject::User(&name), ..rule };
    let (mut most, mut count) = (Acl::new(), 0);
    while let Ok(more) = most.clone().rule(rule) {
        (most, count) = (more, count + 1);
    }
    assert_eq!((most.clone().rule(rule), count), (Err(AclErrorKind::TooLong), 7));
    assert_eq!(Acl::parse(&most.to_string()), Ok(most));
}

#[test]
fn a_shared_pattern_is_refused() {
    let rule = AclRule {
        decision: AclDecision::Deny,
        action: AclAction::All,
        who: AclSubject::Everybody,
        filter: TopicFilter::from_static("$share/g/a"),
    };
    assert_eq!(Acl::new().rule(rule), Err(AclErrorKind::Shared));
}

#[test]
fn decisions_allocate_nothing() {
    let acl = acl("deny all +/secret/#\nallow all user anna a/%u/+\nallow all client c b/%c/%u");
    let who = Identity { client_id: "c", user_name: Some("anna") };
    let topics = ["a/anna/b", "b/c/anna", "x/secret", "c"];
    let filters = ["a/anna/+", "#", "$share/g/b/c/anna", "+/secret"];
    let info = measure(|| {
        for (topic, filter) in topics.into_iter().zip(filters) {
            black_box((publishes(&acl, who, topic), subscribes(&acl, who, filter)));
        }
    });
    assert_eq!(info.count_total, 0, "{info:?}");
}

const LEVELS: [&str; 4] = ["", "a", "b", "$x"];

/// All names of up to four levels.
static NAMES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut all: Vec<String> = Vec::new();
    let mut longest = vec![String::new()];
    for depth in 0..4 {
        let slash = if depth == 0 { "" } else { "/" };
        let longer = |name: &String| LEVELS.map(|level| format!("{name}{slash}{level}"));
        longest = longest.iter().flat_map(longer).collect();
        all.extend(longest.iter().filter(|name| !name.is_empty()).cloned());
    }
    all
});

/// What a pattern is for who asks, one level after the other; `None` if it is for nobody.
fn naive_filled(pattern: &str, who: &Identity<'_>) -> Option<String> {
    let mut levels = Vec::new();
    for (index, level) in pattern.split('/').enumerate() {
        let value = match level {
            "%c" => who.client_id,
            "%u" => who.user_name?,
            _ => {
                levels.push(level);
                continue;
            }
        };
        if value.is_empty()
            || value.contains(['+', '#', '/'])
            || (index == 0 && value.starts_with('$'))
        {
            return None;
        }
        levels.push(value);
    }
    Some(levels.join("/"))
}

/// What the first rule says that decides on these names: an allow rule on all, a deny rule on any.
fn naive_decides(acl: &Acl, who: &Identity<'_>, action: AclAction, names: &[&String]) -> bool {
    for rule in acl.rules() {
        let concerns = match rule.who {
            AclSubject::Everybody => true,
            AclSubject::User(name) => who.user_name == Some(name),
            AclSubject::Client(id) => who.client_id == id,
        };
        let is_for = rule.action == AclAction::All || rule.action == action;
        let Some(pattern) = naive_filled(rule.filter.as_str(), who) else { continue };
        let mut matched = names.iter().map(|name| naive::matches(&pattern, name));
        let decides = match rule.decision {
            AclDecision::Allow => matched.all(|matched| matched),
            AclDecision::Deny => matched.any(|matched| matched),
        };
        if concerns && is_for && decides {
            return rule.decision == AclDecision::Allow;
        }
    }
    acl.default_decision() == AclDecision::Allow
}

fn identity() -> impl Strategy<Value = (String, Option<String>)> {
    (id(), proptest::option::of(id()))
}

/// One that is a level is one of [`LEVELS`], so that all names that concern it are among [`NAMES`].
fn id() -> impl Strategy<Value = String> {
    let no_level = "([ab]?[+#/]{1,2}|[+#/][ab]|)";
    prop_oneof![4 => "[ab]", 1 => Just(String::from("$x")), 1 => no_level]
}

/// A filter of up to three levels, or a pattern if some may be filled in.
fn filter(levels: &'static [&'static str]) -> impl Strategy<Value = String> {
    let level = prop::sample::select(levels);
    (prop::collection::vec(level, 0..=3), prop::bool::weighted(0.3)).prop_map(|(levels, rest)| {
        let text = levels.into_iter().chain(rest.then_some("#")).collect::<Vec<_>>().join("/");
        if text.is_empty() { String::from("+") } else { text }
    })
}

fn rule() -> impl Strategy<Value = String> {
    let who = prop_oneof![
        4 => Just(String::new()),
        1 => id().prop_map(|name| format!("user \"{name}\"")),
        1 => id().prop_map(|id| format!("client \"{id}\"")),
    ];
    (
        prop::sample::select(&["allow", "deny"][..]),
        prop::sample::select(&["all", "publish", "subscribe"][..]),
        who,
        filter(&["", "a", "b", "$x", "+", "+", "%c", "%u"]),
    )
        .prop_map(|(decision, action, who, filter)| format!("{decision} {action} {who} {filter}\n"))
}

fn rules() -> impl Strategy<Value = Acl> {
    let default = prop::sample::select(&["allow", "deny"][..]);
    (prop::collection::vec(rule(), 0..8), default)
        .prop_map(|(rules, default)| acl(&format!("{}default {default}", rules.concat())))
}

/// Text that may need quotes.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z%]{0,6}", "[ \"\\\\\n\r\ta\u{A0}#]{0,8}", any::<String>()]
}

fn any_acl() -> impl Strategy<Value = Acl> {
    let who = (0..3, any_text());
    let filter = any_text().prop_filter("a filter", |text| {
        TopicFilter::new(text).is_ok_and(|filter| !filter.is_shared())
    });
    let rule = (any::<bool>(), 0..3, who, filter);
    (prop::collection::vec(rule, 0..6), any::<bool>()).prop_map(|(rules, allows)| {
        let decision = |allows| if allows { AclDecision::Allow } else { AclDecision::Deny };
        let acl = rules.iter().fold(Acl::new(), |acl, (allows, action, (who, name), filter)| {
            let rule = AclRule {
                decision: decision(*allows),
                action: match action {
                    0 => AclAction::All,
                    1 => AclAction::Publish,
                    _ => AclAction::Subscribe,
                },
                who: match who {
                    0 => AclSubject::Everybody,
                    1 => AclSubject::User(name),
                    _ => AclSubject::Client(name),
                },
                filter: TopicFilter::new(filter).expect("a filter"),
            };
            acl.rule(rule).expect("room")
        });
        acl.with_default(decision(allows))
    })
}

proptest! {
    #[test]
    fn decisions_are_the_naive_ones(
        acl in rules(),
        (client_id, user_name) in identity(),
        filter in filter(&["", "a", "b", "$x", "+", "+"]),
    ) {
        let who = Identity { client_id: &client_id, user_name: user_name.as_deref() };
        for name in NAMES.iter() {
            let expected = naive_decides(&acl, &who, AclAction::Publish, &[name]);
            prop_assert_eq!(publishes(&acl, who, name), expected, "{}", name);
        }
        let matched: Vec<_> = NAMES.iter().filter(|name| naive::matches(&filter, name)).collect();
        let expected = naive_decides(&acl, &who, AclAction::Subscribe, &matched);
        prop_assert_eq!(subscribes(&acl, who, &filter), expected);
        prop_assert_eq!(subscribes(&acl, who, &format!("$share/g/{filter}")), expected);
        // Nothing is had by a filter that single names do not give.
        for name in matched.into_iter().filter(|_| expected) {
            prop_assert!(subscribes(&acl, who, name), "{}", name);
        }
    }

    #[test]
    fn text_is_read_as_it_is_written(acl in any_acl()) {
        let text = acl.to_string();
        prop_assert_eq!(Acl::parse(&text), Ok(acl.clone()), "{}", text);
        for rule in acl.rules() {
            let alone = Acl::parse(&rule.to_string()).expect("a rule");
            prop_assert!(alone.rules().eq([rule]));
        }
    }

    #[test]
    fn any_text_is_rules_or_an_error_within_it(
        text in prop_oneof![
            any::<String>(),
            "((allow|deny|default|all|publish|user|client|a/#|%c|\"|\\\\|#|é|\r?\n) ?){0,20}",
        ],
    ) {
        match Acl::parse(&text) {
            Ok(acl) => prop_assert_eq!(Acl::parse(&acl.to_string()), Ok(acl)),
            Err(error) => {
                let line = text.lines().nth(error.line() - 1).expect("the line");
                prop_assert!((1..=line.chars().count() + 1).contains(&error.column()), "{}", error);
            }
        }
    }
}
