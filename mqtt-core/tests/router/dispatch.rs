//! Who gets a message: all, the most specific, the fallback; shared patterns; ids.

use crate::{Router, best, found, name, router};
use core::hash::{BuildHasher, BuildHasherDefault, Hasher};
use core::panic::UnwindSafe;
use mqtt_core::{Captures, MatchScratch, RouteId, TopicFilter};
use std::hash::{DefaultHasher, RandomState};

#[test]
fn the_leftmost_level_that_differs_decides() {
    // From the most specific to the least.
    let order = [
        "a/b/c", "a/b/c/#", "a/b/{x}", "a/b/{*x}", "a/{x}/c", "a/+/+", "a/{*x}", "{x}/b/c",
        "+/b/#", "+/{x}/c", "{*x}",
    ];
    for skipped in 0..order.len() {
        // In whatever order they are added.
        let rest = &order[skipped..];
        for by in 0..rest.len() {
            let mut rotated = rest.to_vec();
            rotated.rotate_left(by);
            let router = router(&rotated);
            let best = best(&router, "a/b/c").unwrap();
            assert_eq!(rotated[best as usize], order[skipped], "{rotated:?}");
        }
    }
    // Empty levels are text.
    assert_eq!(best(&router(&["+/+", "/#", "/+", "/"]), "/"), Some(3));
    assert_eq!(best(&router(&["{x}/+", "/{*x}", "/{x}"]), "/"), Some(2));
    // Doubled braces are text too.
    assert_eq!(best(&router(&["{a}", "{{a}}"]), "{a}"), Some(1));
}

#[test]
fn the_same_filter_goes_to_all_in_the_order_of_adding() {
    let mut router = router(&["a/{x}", "b", "a/+", "a/{y}", "a/+"]);
    assert_eq!(found(&router, "a/z"), [0, 2, 3, 4]);
    assert_eq!(best(&router, "a/z"), Some(0));
    let ids: Vec<RouteId> = router.iter().map(|(id, _)| id).collect();
    assert_eq!(router.remove(ids[2]), Some(2));
    assert_eq!(router.remove(ids[0]), Some(0));
    assert_eq!(found(&router, "a/z"), [3, 4]);
    assert_eq!(best(&router, "a/z"), Some(3));
    // Behind the others, although its place was theirs.
    router.add("a/{z}", 5).unwrap();
    assert_eq!(found(&router, "a/z"), [3, 4, 5]);
    assert!(router.iter().map(|(_, handler)| *handler).eq([1, 3, 4, 5]));
    assert_eq!(router.remove(ids[4]), Some(4));
    assert_eq!(found(&router, "a/z"), [3, 5]);
    assert_eq!(format!("{router:?}"), r#"["b", "a/{y}", "a/{z}"]"#);
}

#[test]
fn shared_patterns_match_what_is_behind_the_share_name() {
    let patterns =
        ["$share/g/a/{x}", "a/{y}", "$share/h/a/{z}", "$share/g/a/+", "$share/g/{*all}", "a/+"];
    let router = router(&patterns);
    assert_eq!(found(&router, "a/b"), [4, 1, 5, 0, 3, 2]);
    // Share names play no part in what is more specific.
    assert_eq!(best(&router, "a/b"), Some(0));
    assert!(found(&router, "$share/g/a/b").is_empty());
    let filters: Vec<_> = router.filters().map(|filter| filter.as_str()).collect();
    assert_eq!(filters, ["$share/g/a/+", "a/+", "$share/h/a/+", "$share/g/#"]);
    assert!(router.filters().map(|filter| filter.is_shared()).eq([true, false, true, true]));

    let with = |filter| router.with_filter(TopicFilter::new(filter).unwrap()).count();
    assert_eq!((with("a/+"), with("$share/g/a/+"), with("$share/h/a/+")), (2, 2, 1));
    assert_eq!((with("$share/i/a/+"), with("a/b"), with("#")), (0, 0, 0));
}

#[test]
fn wildcards_and_captures_at_the_start_do_not_see_topics_with_a_dollar() {
    let router = router(&["{*all}", "{a}/{*rest}", "+/+", "#", "$SYS/{*rest}", "$SYS/{a}"]);
    assert_eq!(found(&router, "$SYS/uptime"), [4, 5]);
    assert_eq!(found(&router, "$SYS"), [4]);
    assert!(found(&router, "$other/uptime").is_empty());
    assert_eq!(best(&router, "$other/uptime"), None);
    assert_eq!(found(&router, "SYS/uptime").len(), 4);
}

#[test]
fn the_fallback_is_for_what_nothing_else_matches() {
    let mut router = router(&["a/{x}"]);
    let mut scratch = MatchScratch::default();
    assert!(router.route(name("b"), &mut scratch).next().is_none());
    assert!(router.route_mut(name("b"), &mut scratch).next_match().is_none());
    assert!(router.most_specific_mut(name("b"), &mut scratch).is_none());

    assert_eq!(router.set_fallback(Some(9)), None);
    assert_eq!(router.fallback(), Some(&9));
    assert_eq!((found(&router, "b"), best(&router, "b")), (vec![9], Some(9)));
    assert_eq!((found(&router, "a/b"), best(&router, "a/b")), (vec![0], Some(0)));
    let all: Vec<_> = router.route(name("$SYS/x"), &mut scratch).collect();
    assert_eq!(all.len(), 1);
    assert_eq!((all[0].id, all[0].captures.len()), (None, 0));
    assert_eq!(all[0].captures.get("x"), None);

    let mut matches = router.route_mut(name("b"), &mut scratch);
    let found = matches.next_match().unwrap();
    assert_eq!((found.id, found.captures.len()), (None, 0));
    *found.handler += 1;
    assert!(matches.next_match().is_none() && matches.next_match().is_none());
    *router.most_specific_mut(name("b"), &mut scratch).unwrap().handler += 1;
    assert_eq!(router.set_fallback(None), Some(11));
    assert!(router.route(name("b"), &mut scratch).next().is_none());
    assert_eq!(router.len(), 1);
}

#[test]
fn handlers_may_be_functions_that_change_what_they_hold() {
    type Handler<'h> = Box<dyn FnMut(Captures<'_, '_>) -> Result<(), String> + 'h>;

    let mut rooms = Vec::new();
    let mut all = 0;
    {
        let mut router: mqtt_core::Router<Handler<'_>, RandomState> = mqtt_core::Router::default();
        let count: Handler<'_> = Box::new(|_| {
            all += 1;
            if all < 3 { Ok(()) } else { Err("enough".to_owned()) }
        });
        router.add("#", count).unwrap();
        let note: Handler<'_> = Box::new(|captures| {
            rooms.push(captures.get("room").unwrap_or("none").to_owned());
            Ok(())
        });
        router.add("sensors/{room}/temperature", note).unwrap();

        let mut scratch = MatchScratch::default();
        let mut dispatch = |topic: &str| -> Result<(), String> {
            let mut matches = router.route_mut(name(topic), &mut scratch);
            while let Some(found) = matches.next_match() {
                // Ends the walk where it is.
                (found.handler)(found.captures)?;
            }
            Ok(())
        };
        assert_eq!(dispatch("sensors/attic/temperature"), Ok(()));
        assert_eq!(dispatch("sensors/attic/humidity"), Ok(()));
        assert_eq!(dispatch("sensors/hall/temperature"), Err("enough".to_owned()));

        let found = router.most_specific_mut(name("sensors/hall/temperature"), &mut scratch);
        let found = found.unwrap();
        assert_eq!((found.handler)(found.captures), Ok(()));
    }
    assert_eq!((rooms, all), (vec!["attic".to_owned(), "hall".to_owned()], 3));
}

#[test]
fn what_was_captured_outlives_router_and_scratch() {
    let topic = String::from("sensors/attic/temperature");
    let (room, rest) = {
        let router = router(&["sensors/{room}/{*rest}"]);
        let found = router.most_specific(name(&topic), &mut MatchScratch::default()).unwrap();
        let captures = found.captures;
        (captures.get("room"), captures.iter().last().map(|(_, value)| value))
    };
    assert_eq!((room, rest), (Some("attic"), Some("temperature")));
    // Borrowed, not copied.
    assert_eq!(room.unwrap().as_ptr(), topic[8..].as_ptr());
}

#[test]
fn ids_are_not_used_again() {
    let mut router = router(&[]);
    let mut old: Vec<RouteId> = Vec::new();
    for round in 0..100 {
        let id = router.add("a/{x}", round).unwrap();
        assert!(old.iter().all(|&other| other < id && other != id));
        for &other in &old {
            assert_eq!((router.get(other), router.pattern(other)), (None, None));
            assert_eq!(router.filter(other), None);
            assert_eq!(router.get_mut(other), None);
            assert_eq!(router.remove(other), None);
        }
        assert_eq!(router.get(id), Some(&round));
        assert_eq!((found(&router, "a/b"), router.len()), (vec![round], 1));
        assert_eq!(router.remove(id), Some(round));
        old.push(id);
    }
    assert!(router.is_empty() && router.filters().next().is_none());
    // Nor is that of another router, which has no such slot or number.
    let id = router.add("b", 1).unwrap();
    assert_eq!(crate::router(&["a"]).get(id), None);
}

#[test]
fn the_order_does_not_depend_on_hashes() {
    /// All texts have the same hash.
    #[derive(Default)]
    struct Same;

    impl Hasher for Same {
        fn write(&mut self, _: &[u8]) {}

        fn finish(&self) -> u64 {
            7
        }
    }

    fn fill<S: BuildHasher + Default>() -> (Vec<u32>, Vec<u32>, Vec<String>) {
        let mut router: Router<S> = Router::default();
        let patterns =
            ["a/b", "{x}/b", "a/{*y}", "#", "$share/g/a/b", "$share/f/a/{x}", "a/+", "a/b/#"];
        let mut ids = Vec::new();
        for number in 0..100 {
            ids.push(router.add(patterns[number % patterns.len()], number as u32).unwrap());
        }
        for id in ids.iter().step_by(3) {
            router.remove(*id).unwrap();
        }
        let all = router.iter().map(|(_, handler)| *handler).collect();
        let filters = router.filters().map(|filter| filter.to_string()).collect();
        (found(&router, "a/b"), all, filters)
    }
    let expected = fill::<RandomState>();
    assert_eq!(expected, fill::<RandomState>());
    assert_eq!(expected, fill::<BuildHasherDefault<DefaultHasher>>());
    assert_eq!(expected, fill::<BuildHasherDefault<Same>>());
}

#[test]
fn routers_go_to_other_threads() {
    fn is_all<T: Send + Sync + UnwindSafe>() {}
    is_all::<Router>();
    is_all::<mqtt_core::RouteError>();
    is_all::<Captures<'_, '_>>();
}
