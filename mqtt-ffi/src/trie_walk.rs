//! Everything in a subscription trie, one by one.

use crate::{
    MQC_ERR_INDEX_CHANGED,
    boundary::required,
    index::{self, Stamp},
    mqc_bytes, mqc_granted, mqc_status, mqc_trie, mqc_version,
    object::{self, Object},
    topic,
    trie::Trie,
};
use mqtt_core::TopicFilter;

/// A walk over the subscriptions of a trie.
pub struct mqc_trie_walk(Object<Walk>);

/// A subscription. Of none, `filter` has no bytes.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct mqc_trie_entry {
    /// The filter: with its share name, if it is shared.
    pub filter: mqc_bytes,
    /// The share name of a shared subscription; else no bytes. Without it, a filter that begins
    /// with `$share/` is one of 3.1.1.
    pub share_name: mqc_bytes,
    /// Who.
    pub key: u64,
    /// How.
    pub granted: mqc_granted,
}

/// A subscription that is not in the trie any more.
struct Entry {
    filter: String,
    /// Bytes of the share name.
    share: usize,
    key: u64,
    granted: mqc_granted,
}

struct Walk {
    stamp: Stamp,
    /// Of use as long as the trie is in the state of the stamp.
    entries: Box<dyn Iterator<Item = Entry>>,
    /// The one that was handed out last.
    last: Option<Entry>,
}

/// Where the share name of a shared subscription begins.
const SHARE_NAME: usize = "$share/".len();

/// All subscriptions below a filter.
fn entries(trie: &'static Trie, below: Option<TopicFilter<'_>>) -> Box<dyn Iterator<Item = Entry>> {
    match below {
        None => Box::new(trie.iter().map(|entry| Entry {
            filter: entry.filter(),
            share: entry.share_name().map_or(0, str::len),
            key: *entry.key,
            granted: mqc_granted::of(entry.value),
        })),
        Some(filter) => Box::new(trie.iter_below(filter).map(|entry| Entry {
            filter: entry.filter(),
            share: entry.share_name().map_or(0, str::len),
            key: *entry.key,
            granted: mqc_granted::of(entry.value),
        })),
    }
}

/// Begins a walk over the subscriptions of a trie.
///
/// The order depends on the changes to the trie alone. When the trie changes, the walk is over.
///
/// @param trie      to be read
/// @param below     only subscriptions whose filter begins with these levels, that of exactly these
///                  levels among them; wildcards are levels like others, share names play no part.
///                  No bytes for all subscriptions
/// @param version   by whose rules `below` is read
/// @param out       written with MQC_OK: the caller's, to be freed with mqc_trie_walk_free()
///
/// Ownership: `below` is borrowed during the call; the caller owns `*out`.
/// Lifetime: `*out` lives until mqc_trie_walk_free(), and is of use until the trie changes.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, or those of mqc_filter_check().
/// Cost: O(levels), two allocations. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread changes `trie`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_trie_walk_new(
    trie: *const mqc_trie,
    below: mqc_bytes,
    version: mqc_version,
    out: *mut *mut mqc_trie_walk,
) -> mqc_status {
    let body = |stamped: &index::Stamped<Trie>| {
        let below = match below.len {
            0 => None,
            // SAFETY: the caller's promise.
            _ => Some(unsafe { topic::filter_by(below, version)? }),
        };
        // SAFETY: the entries are asked for only as long as the trie is the same and has not been
        // borrowed to be changed, which the stamp tells; they are dropped without a look at it.
        let trie: &'static Trie = unsafe { &*core::ptr::from_ref(stamped.get()) };
        let make = || {
            let entries = entries(trie, below);
            let walk = Walk { stamp: stamped.stamp(), entries, last: None };
            Ok(mqc_trie_walk(Object::new(walk)))
        };
        // SAFETY: the caller's promise.
        match unsafe { object::create(out, make) } {
            crate::MQC_OK => Ok(()),
            status => Err(status),
        }
    };
    // SAFETY: the caller's promise.
    unsafe { object::with(trie, |trie| &trie.0, body) }
}

/// Frees a walk.
///
/// @param walk      not used any more; NULL is fine
///
/// Ownership: `walk` is taken back; the trie may be gone.
/// Lifetime: the views of the last entry end.
/// Threads: one at a time for each object.
/// Errors: none.
/// Cost: O(1). Since 0.1.
///
/// # Safety
/// `walk` is NULL or was made by this library, and is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_trie_walk_free(walk: *mut mqc_trie_walk) {
    // SAFETY: the caller's promise.
    unsafe { object::free(walk) };
}

/// Gives the next subscription. At the end `out->filter` has no bytes, again and again.
///
/// @param walk      begun with mqc_trie_walk_new()
/// @param trie      the same
/// @param out       written with MQC_OK
///
/// Ownership: the trie is borrowed during the call.
/// Lifetime: the views in `*out` live until the next call with this walk.
/// Threads: one at a time for each walk; several may read the trie at a time while none changes it.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT if the trie is another, MQC_POISONED, or
///   MQC_ERR_INDEX_CHANGED.
/// Cost: O(bytes of the filter), a text is allocated; below a filter, O(all) for the whole walk.
///   Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread changes `trie` or uses
/// `walk`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_trie_walk_next(
    walk: *mut mqc_trie_walk,
    trie: *const mqc_trie,
    out: *mut mqc_trie_entry,
) -> mqc_status {
    let body = |trie: &index::Stamped<Trie>, walk: &mut Walk| {
        required(out)?;
        walk.stamp.check_index(trie.stamp())?;
        if walk.stamp != trie.stamp() {
            return Err(MQC_ERR_INDEX_CHANGED);
        }
        walk.last = walk.entries.next();
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { out.write(mqc_trie_entry::of(walk.last.as_ref())) };
        Ok(())
    };
    // SAFETY: the caller's promises.
    unsafe { index::with_both(trie, |trie| &trie.0, walk, |walk| &mut walk.0, body) }
}

impl mqc_trie_entry {
    fn of(entry: Option<&Entry>) -> Self {
        let filter = entry.map_or("", |entry| &entry.filter);
        let share = entry.map_or(0, |entry| entry.share);
        let share_name = filter.get(SHARE_NAME..SHARE_NAME + share).unwrap_or_default();
        Self {
            filter: mqc_bytes::of(filter.as_bytes()),
            share_name: mqc_bytes::of(share_name.as_bytes()),
            key: entry.map_or(0, |entry| entry.key),
            granted: entry.map_or(mqc_granted::NONE, |entry| entry.granted),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trie::*;
    use crate::trie_matches::*;
    use crate::{MQC_INVALID_ARGUMENT, MQC_OK, MQC_VERSION_V5};
    use core::{mem::MaybeUninit, ptr};

    /// Nothing that a walk or a group borrows is looked at once the trie has changed or is gone.
    #[test]
    fn walks_and_groups_end_with_the_state_of_the_trie() {
        let (mut trie, mut other) = (ptr::null_mut(), ptr::null_mut());
        let (mut walk, mut matches) = (ptr::null_mut(), ptr::null_mut());
        let mut entry = MaybeUninit::uninit();
        let mut found = MaybeUninit::uninit();
        let (mut page, mut count) = (ptr::null(), 0);
        let (mut is_there, mut member) = (0, MaybeUninit::uninit());
        let filter = mqc_bytes::of(b"$share/team/a/+");
        let granted = mqc_granted::NONE;
        // SAFETY: the objects are used as they should be.
        unsafe {
            let insert = |trie, key| {
                let (found, old) = (ptr::null_mut(), ptr::null_mut());
                mqc_trie_insert(trie, filter, MQC_VERSION_V5, key, &raw const granted, found, old)
            };
            assert_eq!(mqc_trie_new(ptr::null(), &raw mut trie), MQC_OK);
            assert_eq!(mqc_trie_new(ptr::null(), &raw mut other), MQC_OK);
            assert_eq!(mqc_trie_matches_new(&raw mut matches), MQC_OK);
            assert_eq!(insert(trie, 1), MQC_OK);
            assert_eq!(insert(trie, 2), MQC_OK);
            let all = mqc_bytes::of(b"");
            assert_eq!(mqc_trie_walk_new(trie, all, MQC_VERSION_V5, &raw mut walk), MQC_OK);
            let topic = mqc_bytes::of(b"a/b");
            assert_eq!(mqc_trie_match(trie, topic, matches, ptr::null_mut()), MQC_OK);
            let next = mqc_trie_matches_next;
            assert_eq!(next(matches, trie, 1, &raw mut page, &raw mut count), MQC_OK);
            assert_eq!((count, (*page).member_count), (1, 2));
            let mut pick = |matches, trie| {
                let (none, out) = (ptr::null(), member.as_mut_ptr());
                let robin = MQC_SHARE_ROUND_ROBIN;
                mqc_trie_matches_pick(matches, trie, 0, robin, 0, none, 0, &raw mut is_there, out)
            };
            assert_eq!(mqc_trie_walk_next(walk, trie, entry.as_mut_ptr()), MQC_OK);
            assert_eq!((entry.assume_init_ref().key, pick(matches, trie)), (1, MQC_OK));

            assert_eq!(insert(trie, 3), MQC_OK);
            let changed = MQC_ERR_INDEX_CHANGED;
            assert_eq!(mqc_trie_walk_next(walk, trie, entry.as_mut_ptr()), changed);
            assert_eq!(pick(matches, trie), changed);
            assert_eq!(mqc_trie_group(trie, filter, matches, found.as_mut_ptr()), MQC_OK);
            assert_eq!(pick(matches, trie), MQC_OK);

            mqc_trie_free(trie);
            let another = MQC_INVALID_ARGUMENT;
            assert_eq!(mqc_trie_walk_next(walk, other, entry.as_mut_ptr()), another);
            assert_eq!(pick(matches, other), another);
            assert_eq!(mqc_trie_group(other, filter, matches, found.as_mut_ptr()), MQC_OK);
            assert_eq!(found.assume_init_ref().kind, MQC_FOUND_NONE);
            mqc_trie_matches_free(matches);
            mqc_trie_walk_free(walk);
            mqc_trie_free(other);
        }
    }
}
