//! The routes that match a topic name, and what their captures stand for.

use crate::{
    boundary::{guard, required},
    index, mqc_bytes, mqc_route_id, mqc_router, mqc_status,
    object::{self, Object},
    router::{MQC_ROUTE_ID_NONE, Routes},
    topic::{self, NOTHING},
};
use core::{ptr, slice};
use mqtt_core::{MatchScratch, RouteMatch, TopicName, Version};

/// Memory for matching: kept by the caller from topic to topic, so that matching allocates nothing
/// once it has grown to what the topics need. It does not shrink. Each thread that reads a router
/// has its own.
pub struct mqc_route_matches(Object<Matches>);

/// What matches a topic.
pub type mqc_route_kind = u32;
/// Nothing: neither a route nor a fallback.
pub const MQC_ROUTE_NONE: mqc_route_kind = 0;
/// A route.
pub const MQC_ROUTE_MATCH: mqc_route_kind = 1;
/// No route, and the fallback is `handler`.
pub const MQC_ROUTE_FALLBACK: mqc_route_kind = 2;

/// What a capture of a pattern stands for in a topic name.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct mqc_capture {
    /// Its name.
    pub name: mqc_bytes,
    /// The level, which may be empty; of `{*name}` all levels that are left.
    pub value: mqc_bytes,
}

/// A route that matches a topic name, or the fallback.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct mqc_route_match {
    /// `MQC_ROUTE_*`
    pub kind: mqc_route_kind,
    /// Zero.
    pub reserved: u32,
    /// The route; `MQC_ROUTE_ID_NONE` for the fallback.
    pub id: mqc_route_id,
    /// Its handler.
    pub handler: u64,
    /// What its captures stand for, in the order of the levels. A `{*name}` that the topic ends
    /// before is not among them.
    pub captures: *const mqc_capture,
    /// How many.
    pub capture_count: usize,
}

#[derive(Default)]
struct Matches {
    scratch: MatchScratch,
    page: Vec<mqc_route_match>,
    captures: Vec<mqc_capture>,
}

impl Matches {
    /// Looks for a topic; the views of captures point into it.
    fn search(&mut self, routes: &Routes, topic: TopicName<'_>, best: bool) {
        let Self { scratch, page, captures } = self;
        page.clear();
        captures.clear();
        if best {
            let found = routes.core.most_specific(topic, scratch);
            page.extend(found.map(|found| note(&found, captures)));
        } else {
            page.extend(routes.core.route(topic, scratch).map(|found| note(&found, captures)));
        }
        // They do not move any more.
        let mut rest = &captures[..];
        for found in page {
            let (own, behind) = rest.split_at(found.capture_count);
            if !own.is_empty() {
                found.captures = own.as_ptr();
            }
            rest = behind;
        }
    }
}

/// What a match is in C; its captures are kept.
fn note(
    found: &RouteMatch<'_, '_, crate::router::Handler>,
    captures: &mut Vec<mqc_capture>,
) -> mqc_route_match {
    let before = captures.len();
    captures.extend(found.captures.iter().map(|(name, value)| mqc_capture {
        name: mqc_bytes::of(name.as_bytes()),
        value: mqc_bytes::of(value.as_bytes()),
    }));
    let kind = if found.id.is_some() { MQC_ROUTE_MATCH } else { MQC_ROUTE_FALLBACK };
    mqc_route_match {
        kind,
        id: found.handler.id,
        handler: found.handler.handler,
        capture_count: captures.len() - before,
        ..NO_MATCH
    }
}

const NO_MATCH: mqc_route_match = mqc_route_match {
    kind: MQC_ROUTE_NONE,
    reserved: 0,
    id: MQC_ROUTE_ID_NONE,
    handler: 0,
    captures: ptr::null(),
    capture_count: 0,
};

/// Makes memory for matching.
///
/// @param out       written with MQC_OK: the caller's, to be freed with mqc_route_matches_free()
///
/// Ownership: the caller owns `*out`.
/// Lifetime: `*out` lives until mqc_route_matches_free().
/// Threads: any.
/// Errors: MQC_NULL_POINTER.
/// Cost: O(1), one allocation. Since 0.1.
///
/// # Safety
/// `out` is NULL or points to a writable pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_route_matches_new(out: *mut *mut mqc_route_matches) -> mqc_status {
    // SAFETY: the caller's promise.
    unsafe { object::create(out, || Ok(mqc_route_matches(Object::new(Matches::default())))) }
}

/// Frees memory for matching.
///
/// @param matches   not used any more; NULL is fine
///
/// Ownership: `matches` is taken back; the router may be gone.
/// Lifetime: what was found ends.
/// Threads: one at a time for each object.
/// Errors: none.
/// Cost: O(1). Since 0.1.
///
/// # Safety
/// `matches` is NULL or was made by this library, and is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_route_matches_free(matches: *mut mqc_route_matches) {
    // SAFETY: the caller's promise.
    unsafe { object::free(matches) };
}

/// Gives all routes that match a topic name, each once; the fallback alone if none does.
///
/// The order depends on the changes to the router alone: filter by filter, and for each filter the
/// routes that are not shared before the others, both in the order of adding. Topic names that
/// begin with `$` are not for patterns that begin with a wildcard or a capture.
///
/// @param router    to be read
/// @param topic     a topic name, UTF-8
/// @param matches   changed
/// @param out       written with MQC_OK: an array
/// @param count     written with MQC_OK: entries of the array
///
/// Ownership: the array and the captures belong to `matches`; names of captures view the router,
///   their values `topic`.
/// Lifetime: the array lives until the next call with `matches`, names until the router changes,
///   values as long as `topic`.
/// Threads: one at a time for each `matches`; several may read the router at a time while none
///   changes it.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, or those of mqc_topic_check().
/// Cost: O(levels) for each way through the wildcards that exist, and O(bytes) for each match; no
///   allocation once `matches` has grown. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread changes `router` or
/// uses `matches`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_router_match(
    router: *const mqc_router,
    topic: mqc_bytes,
    matches: *mut mqc_route_matches,
    out: *mut *const mqc_route_match,
    count: *mut usize,
) -> mqc_status {
    let body = |routes: &Routes, matches: &mut Matches| {
        required(out)?;
        required(count)?;
        // SAFETY: the caller's promise.
        let topic = unsafe { topic::name(topic, Version::V5, ptr::null_mut())? };
        matches.search(routes, topic, false);
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe {
            out.write(matches.page.as_ptr());
            count.write(matches.page.len());
        }
        Ok(())
    };
    // SAFETY: the caller's promises.
    unsafe { index::with_both(router, |router| &router.0, matches, |matches| &mut matches.0, body) }
}

/// Gives the route that matches a topic name most specifically; the fallback if none does.
///
/// The leftmost level that differs decides: text before `+` or `{name}` before `#` or `{*name}`;
/// the end of the pattern before these too. Of the same filter, shared or not, it is the first
/// added.
///
/// @param router    to be read
/// @param topic     a topic name, UTF-8
/// @param matches   changed
/// @param out       written with MQC_OK; `MQC_ROUTE_NONE` if there is neither
///
/// Ownership: the captures belong to `matches`; their names view the router, their values `topic`.
/// Lifetime: the captures live until the next call with `matches`, names until the router changes,
///   values as long as `topic`.
/// Threads: one at a time for each `matches`; several may read the router at a time while none
///   changes it.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, or those of mqc_topic_check().
/// Cost: as mqc_router_match(), and a comparison for each filter that matches. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread changes `router` or
/// uses `matches`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_router_most_specific(
    router: *const mqc_router,
    topic: mqc_bytes,
    matches: *mut mqc_route_matches,
    out: *mut mqc_route_match,
) -> mqc_status {
    let body = |routes: &Routes, matches: &mut Matches| {
        required(out)?;
        // SAFETY: the caller's promise.
        let topic = unsafe { topic::name(topic, Version::V5, ptr::null_mut())? };
        matches.search(routes, topic, true);
        let found = matches.page.first().copied().unwrap_or(NO_MATCH);
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { out.write(found) };
        Ok(())
    };
    // SAFETY: the caller's promises.
    unsafe { index::with_both(router, |router| &router.0, matches, |matches| &mut matches.0, body) }
}

/// Gives what a capture stands for, by its name.
///
/// @param found     a match, with its captures
/// @param name      of the capture
/// @param value     written with MQC_OK; `data` is NULL if the pattern has no such name, or the
///                  topic ends before it
///
/// Ownership: `found` and `name` are borrowed during the call.
/// Lifetime: the view in `*value` lives as long as the topic.
/// Threads: any.
/// Errors: MQC_NULL_POINTER or MQC_INVALID_ARGUMENT.
/// Cost: O(captures), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; `*found` was made by this library, and
/// what it views is there.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_route_match_capture(
    found: *const mqc_route_match,
    name: mqc_bytes,
    value: *mut mqc_bytes,
) -> mqc_status {
    guard(|| {
        required(found)?;
        required(value)?;
        // SAFETY: the caller's promise.
        let name = unsafe { name.get()? };
        // SAFETY: not NULL; the rest is the caller's promise.
        let found = unsafe { found.read() };
        let captures = if found.capture_count == 0 {
            &[]
        } else {
            required(found.captures)?;
            // SAFETY: not NULL; the library has put so many there.
            unsafe { slice::from_raw_parts(found.captures, found.capture_count) }
        };
        // SAFETY: the caller's promise.
        let is = |capture: &&mqc_capture| unsafe { capture.name.get() } == Ok(name);
        let capture = captures.iter().find(is);
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { value.write(capture.map_or(NOTHING, |capture| capture.value)) };
        Ok(())
    })
}
