//! The router: what a client does with a message, by its topic.

use crate::{
    MQC_BUFFER_TOO_SMALL,
    boundary::required,
    mqc_bytes, mqc_status, mqc_topic_error,
    object::{self, Object},
    status, topic,
};
use core::ops::Bound::{Excluded, Unbounded};
use mqtt_core::{RouteId, Version};
use std::collections::BTreeMap;
use std::hash::RandomState;

/// Which handler of a client a message is for, by the topic name.
///
/// A route is a pattern and a handler: a number of the caller's, say a place in a table of
/// functions, or a pointer as uintptr_t. Each level of a pattern is one of these:
///
/// - text, `+`, and `#` as the last level: itself;
/// - `{name}`: `+`, and captures the level;
/// - `{*name}`, as the last level: `#`, and captures all levels that are left, if any are.
///
/// `{{` and `}}` stand for the braces themselves. A name has no `+`, `#`, `*` or brace, and is
/// there once in a pattern. With `$share/group/` in front the subscription is shared; messages,
/// which come without it, are matched by what follows.
pub struct mqc_router(pub(crate) Object<Routes>);

/// A route of one router: a number that counts up from 1, and is never that of another route.
pub type mqc_route_id = u64;
/// No route.
pub const MQC_ROUTE_ID_NONE: mqc_route_id = 0;

/// What the core keeps of a route.
#[derive(Clone, Copy)]
pub(crate) struct Handler {
    pub(crate) id: mqc_route_id,
    pub(crate) handler: u64,
}

pub(crate) type Core = mqtt_core::Router<Handler, RandomState>;

pub(crate) struct Routes {
    pub(crate) core: Core,
    /// What the core calls them, in the order of adding.
    ids: BTreeMap<mqc_route_id, RouteId>,
    last: mqc_route_id,
}

impl Routes {
    /// The first route behind one.
    fn behind(&self, id: mqc_route_id) -> impl Iterator<Item = (mqc_route_id, RouteId)> + use<'_> {
        self.ids.range((Excluded(id), Unbounded)).map(|(&id, &route)| (id, route))
    }
}

/// Writes a number where the caller wants to know it.
///
/// # Safety
/// `out` is NULL or points to writable memory.
unsafe fn tell<T>(value: T, out: *mut T) {
    if !out.is_null() {
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { out.write(value) };
    }
}

/// Runs `body` with the routes to be changed.
///
/// # Safety
/// As [`object::with_mut`].
unsafe fn change(
    router: *mut mqc_router,
    body: impl FnOnce(&mut Routes) -> Result<(), mqc_status>,
) -> mqc_status {
    // SAFETY: the caller's promise.
    unsafe { object::with_mut(router, |router| &mut router.0, body) }
}

/// Runs `body` with the routes to be read.
///
/// # Safety
/// As [`object::with`].
unsafe fn read(
    router: *const mqc_router,
    body: impl FnOnce(&Routes) -> Result<(), mqc_status>,
) -> mqc_status {
    // SAFETY: the caller's promise.
    unsafe { object::with(router, |router| &router.0, body) }
}

/// Makes a router without routes and fallback.
///
/// @param out       written with MQC_OK: the caller's, to be freed with mqc_router_free()
///
/// Ownership: the caller owns `*out`.
/// Lifetime: `*out` lives until mqc_router_free().
/// Threads: any.
/// Errors: MQC_NULL_POINTER.
/// Cost: O(1), one allocation. Since 0.1.
///
/// # Safety
/// `out` is NULL or points to a writable pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_router_new(out: *mut *mut mqc_router) -> mqc_status {
    let make = || {
        let core = Core::with_hasher(RandomState::new());
        let routes = Routes { core, ids: BTreeMap::new(), last: MQC_ROUTE_ID_NONE };
        Ok(mqc_router(Object::new(routes)))
    };
    // SAFETY: the caller's promise.
    unsafe { object::create(out, make) }
}

/// Frees a router.
///
/// @param router    not used any more; NULL is fine
///
/// Ownership: `router` is taken back; what the handlers stand for stays the caller's.
/// Lifetime: patterns, filters and the names of captures end.
/// Threads: one at a time for each object.
/// Errors: none.
/// Cost: O(all). Since 0.1.
///
/// # Safety
/// `router` is NULL or was made by this library, and is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_router_free(router: *mut mqc_router) {
    // SAFETY: the caller's promise.
    unsafe { object::free(router) };
}

/// Adds a route. Others may have the same pattern; it comes behind them.
///
/// @param router    to be changed
/// @param pattern   UTF-8, by the rules of 5.0
/// @param handler   of the caller's: comes back with each match
/// @param id        written with MQC_OK; may be NULL
/// @param error     written if the pattern is refused; may be NULL
///
/// Ownership: `pattern` is copied before the return.
/// Lifetime: patterns, filters and the names of captures end; `error->statement` lives for ever.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, MQC_ERR_ROUTE_*, or those of
///   mqc_filter_check() for what the pattern subscribes to; nothing has changed then.
/// Cost: O(bytes), or O(n log n) for n captures; now and then a table grows. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread uses `router`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_router_add(
    router: *mut mqc_router,
    pattern: mqc_bytes,
    handler: u64,
    id: *mut mqc_route_id,
    error: *mut mqc_topic_error,
) -> mqc_status {
    let body = |routes: &mut Routes| {
        // SAFETY: the caller's promise.
        let pattern = unsafe { topic::text(pattern, Version::V5, error)? };
        let number = routes.last + 1;
        let route = match routes.core.add(pattern, Handler { id: number, handler }) {
            Ok(route) => route,
            Err(fault) => {
                let kind = status::of_route_error(fault.kind());
                let statement = fault.statement(Version::V5);
                // SAFETY: the caller's promise.
                return Err(unsafe { topic::report(kind, fault.offset(), statement, error) });
            }
        };
        routes.ids.insert(number, route);
        routes.last = number;
        // SAFETY: the caller's promise.
        unsafe { tell(number, id) };
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { change(router, body) }
}

/// Removes a route.
///
/// Whether to unsubscribe, mqc_router_filter_routes() tells before.
///
/// @param router    to be changed
/// @param id        of the route
/// @param found     written with MQC_OK: 1 if there was such a route, else 0; may be NULL
/// @param handler   written with MQC_OK: its handler, 0 if there was none; may be NULL
///
/// Ownership: what the handler stands for stays the caller's.
/// Lifetime: patterns, filters and the names of captures end.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(bytes of the filter, and log routes). Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread uses `router`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_router_remove(
    router: *mut mqc_router,
    id: mqc_route_id,
    found: *mut u8,
    handler: *mut u64,
) -> mqc_status {
    let body = |routes: &mut Routes| {
        let removed = routes.ids.remove(&id).and_then(|route| routes.core.remove(route));
        // SAFETY: the caller's promise.
        unsafe {
            tell(u8::from(removed.is_some()), found);
            tell(removed.map_or(0, |route| route.handler), handler);
        }
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { change(router, body) }
}

/// Gives a route another handler.
///
/// @param router    to be changed
/// @param id        of the route
/// @param handler   of the caller's
/// @param found     written with MQC_OK: 1 if there is such a route, else 0; may be NULL
/// @param old       written with MQC_OK: the handler that it had, 0 if there is none; may be NULL
///
/// Ownership: what the handlers stand for stays the caller's.
/// Lifetime: nothing comes out that could end.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(log routes), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread uses `router`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_router_set_handler(
    router: *mut mqc_router,
    id: mqc_route_id,
    handler: u64,
    found: *mut u8,
    old: *mut u64,
) -> mqc_status {
    let body = |routes: &mut Routes| {
        let route = routes.ids.get(&id).and_then(|&route| routes.core.get_mut(route));
        let before = route.map(|route| core::mem::replace(&mut route.handler, handler));
        // SAFETY: the caller's promise.
        unsafe {
            tell(u8::from(before.is_some()), found);
            tell(before.unwrap_or(0), old);
        }
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { change(router, body) }
}

/// Sets the handler of messages that no route matches.
///
/// @param router    to be changed
/// @param handler   of the caller's; NULL for none
///
/// Ownership: `handler` is copied before the return.
/// Lifetime: nothing comes out that could end.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread uses `router`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_router_set_fallback(
    router: *mut mqc_router,
    handler: *const u64,
) -> mqc_status {
    let body = |routes: &mut Routes| {
        // SAFETY: the caller's promise.
        let handler = unsafe { handler.as_ref() };
        let handler = handler.map(|&handler| Handler { id: MQC_ROUTE_ID_NONE, handler });
        routes.core.set_fallback(handler);
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { change(router, body) }
}

/// Tells the handler of messages that no route matches.
///
/// @param router    to be read
/// @param found     written with MQC_OK: 1 if there is one, else 0; may be NULL
/// @param handler   written with MQC_OK: 0 if there is none; may be NULL
///
/// Ownership: what the handler stands for stays the caller's.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread changes `router`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_router_fallback(
    router: *const mqc_router,
    found: *mut u8,
    handler: *mut u64,
) -> mqc_status {
    let body = |routes: &Routes| {
        let fallback = routes.core.fallback();
        // SAFETY: the caller's promise.
        unsafe {
            tell(u8::from(fallback.is_some()), found);
            tell(fallback.map_or(0, |fallback| fallback.handler), handler);
        }
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { read(router, body) }
}

/// Tells how many routes there are, without the fallback.
///
/// @param router    to be read
/// @param len       written with MQC_OK
///
/// Ownership: nothing is passed but the object.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread changes `router`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_router_len(router: *const mqc_router, len: *mut usize) -> mqc_status {
    let body = |routes: &Routes| {
        required(len)?;
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { len.write(routes.core.len()) };
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { read(router, body) }
}

/// What there is to know of a route. Of none, `id` is `MQC_ROUTE_ID_NONE`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct mqc_route {
    /// The route.
    pub id: mqc_route_id,
    /// Its handler.
    pub handler: u64,
    /// Its pattern, as it was given.
    pub pattern: mqc_bytes,
    /// What to subscribe to for it: with its share name, if it has one.
    pub filter: mqc_bytes,
}

const NO_ROUTE: mqc_route = mqc_route {
    id: MQC_ROUTE_ID_NONE,
    handler: 0,
    pattern: mqc_bytes::of(&[]),
    filter: mqc_bytes::of(&[]),
};

impl mqc_route {
    fn of(routes: &Routes, route: RouteId) -> Self {
        let handler = routes.core.get(route).copied();
        let Handler { id, handler } =
            handler.unwrap_or(Handler { id: MQC_ROUTE_ID_NONE, handler: 0 });
        let pattern = routes.core.pattern(route).unwrap_or_default();
        let filter = routes.core.filter(route).map_or("", |filter| filter.as_str());
        Self {
            id,
            handler,
            pattern: mqc_bytes::of(pattern.as_bytes()),
            filter: mqc_bytes::of(filter.as_bytes()),
        }
    }
}

/// Tells what there is to know of a route.
///
/// @param router    to be read
/// @param id        of the route
/// @param out       written with MQC_OK
///
/// Ownership: the views in `*out` belong to the router.
/// Lifetime: the views in `*out` live until the router changes.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(bytes of the filter, and log routes), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread changes `router`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_router_get(
    router: *const mqc_router,
    id: mqc_route_id,
    out: *mut mqc_route,
) -> mqc_status {
    // SAFETY: the caller's promises.
    unsafe { find(router, out, |routes| routes.ids.get(&id).copied()) }
}

/// Gives the route that was added next after another.
///
/// @param router    to be read
/// @param after     of the route before, which may be gone; `MQC_ROUTE_ID_NONE` for the first route
/// @param out       written with MQC_OK
///
/// Ownership: the views in `*out` belong to the router.
/// Lifetime: the views in `*out` live until the router changes.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(bytes of the filter, and log routes), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread changes `router`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_router_next(
    router: *const mqc_router,
    after: mqc_route_id,
    out: *mut mqc_route,
) -> mqc_status {
    // SAFETY: the caller's promises.
    unsafe { find(router, out, |routes| routes.behind(after).next().map(|(_, route)| route)) }
}

/// Gives the route that was added next after another, of those that are the first with their
/// filter: what to subscribe to for all routes, each filter once.
///
/// @param router    to be read
/// @param after     of the route before, which may be gone; `MQC_ROUTE_ID_NONE` for the first route
/// @param out       written with MQC_OK
///
/// Ownership: the views in `*out` belong to the router.
/// Lifetime: the views in `*out` live until the router changes.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(bytes of the filters, and log routes), for each route that is passed over; no
///   allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread changes `router`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_router_next_filter(
    router: *const mqc_router,
    after: mqc_route_id,
    out: *mut mqc_route,
) -> mqc_status {
    let is_first = |routes: &Routes, route: RouteId| {
        let filter = routes.core.filter(route)?;
        (routes.core.with_filter(filter).next() == Some(route)).then_some(route)
    };
    // SAFETY: the caller's promises.
    unsafe {
        find(router, out, |routes| {
            routes.behind(after).find_map(|(_, route)| is_first(routes, route))
        })
    }
}

/// # Safety
/// As mqc_router_get().
unsafe fn find(
    router: *const mqc_router,
    out: *mut mqc_route,
    which: impl FnOnce(&Routes) -> Option<RouteId>,
) -> mqc_status {
    let body = |routes: &Routes| {
        required(out)?;
        let route = which(routes).map_or(NO_ROUTE, |route| mqc_route::of(routes, route));
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { out.write(route) };
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { read(router, body) }
}

/// Gives the routes that subscribe with a filter, in the order of adding. A share name is part of
/// it.
///
/// If there is one, and it is to be removed, unsubscribe from the filter.
///
/// @param router    to be read
/// @param filter    UTF-8, by the rules of 5.0
/// @param out       written with MQC_OK, `*count` ids
/// @param capacity  ids at `out`
/// @param count     written with MQC_OK and MQC_BUFFER_TOO_SMALL: how many there are
///
/// Ownership: `filter` is borrowed during the call; `out` is the caller's.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, MQC_BUFFER_TOO_SMALL, or those of
///   mqc_filter_check().
/// Cost: O(levels, and routes with the filter), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind and size; no other thread changes
/// `router`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_router_filter_routes(
    router: *const mqc_router,
    filter: mqc_bytes,
    out: *mut mqc_route_id,
    capacity: usize,
    count: *mut usize,
) -> mqc_status {
    let body = |routes: &Routes| {
        required(count)?;
        if capacity > 0 {
            required(out)?;
        }
        // SAFETY: the caller's promise.
        let filter = unsafe { topic::filter_by(filter, crate::MQC_VERSION_V5)? };
        let same = || routes.core.with_filter(filter).filter_map(|route| routes.core.get(route));
        let len = same().count();
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { count.write(len) };
        if len > capacity {
            return Err(MQC_BUFFER_TOO_SMALL);
        }
        for (place, route) in same().enumerate() {
            // SAFETY: there is room for all of them.
            unsafe { out.add(place).write(route.id) };
        }
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { read(router, body) }
}

#[cfg(test)]
mod tests {
    use crate::status::{self, *};
    use mqtt_core::{RouteErrorKind, TopicFilter};

    #[test]
    fn each_fault_has_a_status_of_its_own() {
        let filter = TopicFilter::new("a#").expect_err("no filter");
        let faults = [
            (RouteErrorKind::Filter(filter), MQC_ERR_FILTER_MULTI_LEVEL),
            (RouteErrorKind::Brace, MQC_ERR_ROUTE_BRACE),
            (RouteErrorKind::NameEmpty, MQC_ERR_ROUTE_NAME_EMPTY),
            (RouteErrorKind::NameCharacter, MQC_ERR_ROUTE_NAME_CHARACTER),
            (RouteErrorKind::NameTwice, MQC_ERR_ROUTE_NAME_TWICE),
            (RouteErrorKind::RestNotLast, MQC_ERR_ROUTE_REST_NOT_LAST),
            (RouteErrorKind::Full, MQC_ERR_ROUTE_FULL),
        ];
        for (fault, kind) in faults {
            assert_eq!(status::of_route_error(fault), kind);
        }
    }
}
