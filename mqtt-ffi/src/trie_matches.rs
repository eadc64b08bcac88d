//! The subscriptions that match a topic name, and who of a shared subscription is to get a message.

use crate::{
    MQC_ERR_INDEX_CHANGED, MQC_INVALID_ARGUMENT,
    boundary::required,
    index::{self, Stamp, Stamped},
    mqc_bytes, mqc_granted, mqc_status, mqc_trie,
    object::{self, Object},
    topic,
    trie::Trie,
};
use core::{ptr, slice};
use mqtt_core::{Found, Granted, MatchScratch, ShareGroup, ShareStrategy, TopicName, Version};

/// Memory for matching, and where a match is: kept by the caller from topic to topic, so that
/// matching allocates nothing once it has grown to what the topics need. It does not shrink. Each
/// thread that reads a trie has its own.
pub struct mqc_trie_matches(Object<Matches>);

/// What matches a topic.
pub type mqc_found_kind = u32;
/// Nothing.
pub const MQC_FOUND_NONE: mqc_found_kind = 0;
/// A subscriber of its own: `key` and `granted`.
pub const MQC_FOUND_SUBSCRIBER: mqc_found_kind = 1;
/// A shared subscription, of whose members one is to get the message: `group`, `share_name` and
/// `member_count`.
pub const MQC_FOUND_GROUP: mqc_found_kind = 2;

/// A subscription that matches a topic.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct mqc_trie_found {
    /// `MQC_FOUND_*`
    pub kind: mqc_found_kind,
    /// Number of the group, for mqc_trie_matches_pick() and mqc_trie_matches_members().
    pub group: u32,
    /// Who.
    pub key: u64,
    /// How.
    pub granted: mqc_granted,
    /// The share name.
    pub share_name: mqc_bytes,
    /// Members of the group: one or more.
    pub member_count: u64,
}

/// A member of a shared subscription.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct mqc_trie_member {
    /// Who.
    pub key: u64,
    /// How.
    pub granted: mqc_granted,
}

/// How one member of a shared subscription is chosen.
pub type mqc_share_strategy = u32;
/// The member behind the one that was picked last, in the order in which they joined.
pub const MQC_SHARE_ROUND_ROBIN: mqc_share_strategy = 0;
/// The member that was picked last, as long as it can be; then the one behind it.
pub const MQC_SHARE_STICKY: mqc_share_strategy = 1;
/// The same member for the same number, say a hash of the topic or of the publisher: messages that
/// belong together stay together and in order. When a member goes, only its numbers go to others;
/// when one comes, it takes over its part. O(members).
pub const MQC_SHARE_HASH: mqc_share_strategy = 2;
/// The member with this number, counted in the order in which they joined and around; the one
/// behind it if that cannot be picked. With a random number: each as often as the others.
pub const MQC_SHARE_NUMBER: mqc_share_strategy = 3;

/// The core's strategy; `number` is for those that need one.
fn strategy(strategy: mqc_share_strategy, number: u64) -> Result<ShareStrategy, mqc_status> {
    Ok(match strategy {
        MQC_SHARE_ROUND_ROBIN => ShareStrategy::RoundRobin,
        MQC_SHARE_STICKY => ShareStrategy::Sticky,
        MQC_SHARE_HASH => ShareStrategy::Hash(number),
        MQC_SHARE_NUMBER => ShareStrategy::Number(number),
        _ => return Err(MQC_INVALID_ARGUMENT),
    })
}

/// A group that is looked at only as long as the trie has not changed.
type Group = ShareGroup<'static, u64, Granted>;

#[derive(Default)]
struct Matches {
    scratch: MatchScratch,
    topic: String,
    /// The state of the trie that `topic` was looked for in first; `None` if there is nothing to go
    /// on with.
    begun: Option<Stamp>,
    /// What was found last, and in which state of the trie.
    page: Vec<mqc_trie_found>,
    groups: Vec<Group>,
    found: Option<Stamp>,
    members: Vec<mqc_trie_member>,
}

impl Matches {
    /// Forgets what was found.
    fn turn(&mut self, stamp: Stamp) {
        self.page.clear();
        self.groups.clear();
        self.found = Some(stamp);
    }

    fn group(&self, trie: &Stamped<Trie>, number: u32) -> Result<Group, mqc_status> {
        let found = self.found.ok_or(MQC_INVALID_ARGUMENT)?;
        found.check_index(trie.stamp())?;
        if found != trie.stamp() {
            return Err(MQC_ERR_INDEX_CHANGED);
        }
        self.groups.get(number as usize).copied().ok_or(MQC_INVALID_ARGUMENT)
    }
}

/// What a find is in C; its group is kept.
fn note(found: Found<'static, u64, Granted>, groups: &mut Vec<Group>) -> mqc_trie_found {
    match found {
        Found::Subscriber { key, value } => mqc_trie_found {
            kind: MQC_FOUND_SUBSCRIBER,
            key: *key,
            granted: mqc_granted::of(value),
            ..NOTHING
        },
        Found::Group(group) => {
            // The trie has numbers for fewer.
            let number = groups.len() as u32;
            groups.push(group);
            mqc_trie_found {
                kind: MQC_FOUND_GROUP,
                group: number,
                share_name: mqc_bytes::of(group.share_name().as_bytes()),
                member_count: group.len() as u64,
                ..NOTHING
            }
        }
    }
}

const NOTHING: mqc_trie_found = mqc_trie_found {
    kind: MQC_FOUND_NONE,
    group: 0,
    key: 0,
    granted: mqc_granted::NONE,
    share_name: mqc_bytes::of(&[]),
    member_count: 0,
};

/// The trie for as long as it has not changed.
///
/// # Safety
/// What is borrowed is not looked at once the trie has another stamp.
const unsafe fn unbound(trie: &Stamped<Trie>) -> &'static Trie {
    // SAFETY: the caller's promise.
    unsafe { &*ptr::from_ref(trie.get()) }
}

/// Runs `body` with a trie to be read and memory for matching.
///
/// # Safety
/// As [`index::with_both`].
unsafe fn with(
    trie: *const mqc_trie,
    matches: *mut mqc_trie_matches,
    body: impl FnOnce(&Stamped<Trie>, &mut Matches) -> Result<(), mqc_status>,
) -> mqc_status {
    // SAFETY: the caller's promise.
    unsafe { index::with_both(trie, |trie| &trie.0, matches, |matches| &mut matches.0, body) }
}

/// Makes memory for matching.
///
/// @param out       written with MQC_OK: the caller's, to be freed with mqc_trie_matches_free()
///
/// Ownership: the caller owns `*out`.
/// Lifetime: `*out` lives until mqc_trie_matches_free().
/// Threads: any.
/// Errors: MQC_NULL_POINTER.
/// Cost: O(1), one allocation. Since 0.1.
///
/// # Safety
/// `out` is NULL or points to a writable pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_trie_matches_new(out: *mut *mut mqc_trie_matches) -> mqc_status {
    // SAFETY: the caller's promise.
    unsafe { object::create(out, || Ok(mqc_trie_matches(Object::new(Matches::default())))) }
}

/// Frees memory for matching.
///
/// @param matches   not used any more; NULL is fine
///
/// Ownership: `matches` is taken back; the trie may be gone.
/// Lifetime: what was found ends.
/// Threads: one at a time for each object.
/// Errors: none.
/// Cost: O(1). Since 0.1.
///
/// # Safety
/// `matches` is NULL or was made by this library, and is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_trie_matches_free(matches: *mut mqc_trie_matches) {
    // SAFETY: the caller's promise.
    unsafe { object::free(matches) };
}

/// Looks for the subscriptions that match a topic name; mqc_trie_matches_next() gives them.
///
/// What `matches` held before is forgotten.
///
/// @param trie      to be read
/// @param topic     a topic name, UTF-8
/// @param matches   changed
/// @param count     written with MQC_OK: how many there are, each shared subscription counted once;
///                  may be NULL
///
/// Ownership: `topic` is copied before the return.
/// Lifetime: what `matches` gave before ends.
/// Threads: one at a time for each `matches`; several may read the trie at a time while none
///   changes it.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, or those of mqc_topic_check().
/// Cost: O(levels) for each way through the wildcards that exist; no allocation once `matches` has
///   grown. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread changes `trie` or uses
/// `matches`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_trie_match(
    trie: *const mqc_trie,
    topic: mqc_bytes,
    matches: *mut mqc_trie_matches,
    count: *mut usize,
) -> mqc_status {
    let body = |trie: &Stamped<Trie>, matches: &mut Matches| {
        // SAFETY: the caller's promise.
        let topic = unsafe { topic::name(topic, Version::V5, ptr::null_mut())? };
        matches.turn(trie.stamp());
        matches.begun = Some(trie.stamp());
        matches.topic.clear();
        matches.topic.push_str(topic.as_str());
        // The scratch holds the match.
        let found = trie.get().count_matches(topic, &mut matches.scratch);
        if !count.is_null() {
            // SAFETY: not NULL; the rest is the caller's promise.
            unsafe { count.write(found) };
        }
        Ok(())
    };
    // SAFETY: the caller's promises.
    unsafe { with(trie, matches, body) }
}

/// Gives the next subscriptions that match the topic, at most `max` of them, each once.
///
/// At the end `*count` is 0, again and again. The order depends on the changes to the trie alone:
/// filter by filter, groups behind subscribers of their own. The trie may change between two calls:
/// what was in it all the time is found once, what came or went is found or not.
///
/// @param matches   set by mqc_trie_match(); changed
/// @param trie      the same
/// @param max       how many at most: not 0; SIZE_MAX for all
/// @param out       written with MQC_OK: an array
/// @param count     written with MQC_OK: entries of the array
///
/// Ownership: the array belongs to `matches`.
/// Lifetime: the array lives until the next call with `matches`, share names in it until the trie
///   changes.
/// Threads: one at a time for each `matches`; several may read the trie at a time while none
///   changes it.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT if `max` is 0 or the trie another, or
///   MQC_POISONED.
/// Cost: O(bytes of the topic, and entries); no allocation once `matches` has grown, but after a
///   change of the trie. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread changes `trie` or uses
/// `matches`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_trie_matches_next(
    matches: *mut mqc_trie_matches,
    trie: *const mqc_trie,
    max: usize,
    out: *mut *const mqc_trie_found,
    count: *mut usize,
) -> mqc_status {
    let body = |trie: &Stamped<Trie>, matches: &mut Matches| {
        required(out)?;
        required(count)?;
        if max == 0 {
            return Err(MQC_INVALID_ARGUMENT);
        }
        if let Some(begun) = matches.begun {
            begun.check_index(trie.stamp())?;
            matches.turn(trie.stamp());
            // SAFETY: groups are looked at only where the stamp says that the trie has not changed.
            let unbound = unsafe { unbound(trie) };
            let Matches { scratch, topic, page, groups, .. } = matches;
            let topic = TopicName::new(topic).map_err(|_| MQC_INVALID_ARGUMENT)?;
            let rest = unbound.resume(topic, scratch);
            if max == usize::MAX {
                rest.for_each(|found| page.push(note(found, groups)));
            } else {
                page.extend(rest.take(max).map(|found| note(found, groups)));
            }
        }
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe {
            out.write(matches.page.as_ptr());
            count.write(matches.page.len());
        }
        Ok(())
    };
    // SAFETY: the caller's promises.
    unsafe { with(trie, matches, body) }
}

/// Looks for a shared subscription by its filter, to choose a member apart from a match: who takes
/// over what a member left behind, say.
///
/// What `matches` held before is forgotten. If there is none, or the filter is not shared,
/// `out->kind` is `MQC_FOUND_NONE`.
///
/// @param trie      to be read
/// @param filter    `$share/group/filter`, UTF-8
/// @param matches   changed
/// @param out       written with MQC_OK
///
/// Ownership: `filter` is borrowed during the call.
/// Lifetime: what `matches` gave before ends; the share name in `*out` lives until the trie
///   changes.
/// Threads: one at a time for each `matches`; several may read the trie at a time while none
///   changes it.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, or those of mqc_filter_check().
/// Cost: O(levels), no allocation once `matches` has grown. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread changes `trie` or uses
/// `matches`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_trie_group(
    trie: *const mqc_trie,
    filter: mqc_bytes,
    matches: *mut mqc_trie_matches,
    out: *mut mqc_trie_found,
) -> mqc_status {
    let body = |trie: &Stamped<Trie>, matches: &mut Matches| {
        required(out)?;
        // SAFETY: the caller's promise.
        let filter = unsafe { topic::filter_by(filter, crate::MQC_VERSION_V5)? };
        matches.turn(trie.stamp());
        matches.begun = None;
        // SAFETY: groups are looked at only where the stamp says that the trie has not changed.
        let group = unsafe { unbound(trie) }.share_group(filter);
        let found = group.map(|group| note(Found::Group(group), &mut matches.groups));
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { out.write(found.unwrap_or(NOTHING)) };
        Ok(())
    };
    // SAFETY: the caller's promises.
    unsafe { with(trie, matches, body) }
}

/// Chooses the member of a shared subscription that gets the next message.
///
/// The group remembers who was picked last; members may come and go in between. When all have left,
/// that is forgotten. Threads that pick at the same moment may pick the same.
///
/// Whom the message cannot go to now, say because there is no connection, is passed over. To learn
/// it one by one, pick without a list, and again with whoever cannot have it on the list: the
/// others keep their turn.
///
/// @param matches            holds the group
/// @param trie               the same
/// @param group              its number in an mqc_trie_found
/// @param strategy           `MQC_SHARE_*`
/// @param number             for `MQC_SHARE_HASH` and `MQC_SHARE_NUMBER`; else of no meaning
/// @param unavailable        keys that are passed over, in ascending order; NULL for none
/// @param unavailable_count  how many
/// @param found              written with MQC_OK: 1 if a member was picked; 0 if none can be, then
///                           pick without a list who is to have the message later
/// @param out                written with MQC_OK: the member, zeroed if there is none
///
/// Ownership: `unavailable` is borrowed during the call.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes the trie or `matches`.
/// Errors: MQC_NULL_POINTER, MQC_POISONED, MQC_ERR_INDEX_CHANGED if the trie has changed since the
///   group was found, or MQC_INVALID_ARGUMENT if the trie is another, or there is no such group or
///   strategy, or the keys are not in order.
/// Cost: O(log members, and keys that are passed over); O(members) for `MQC_SHARE_HASH`; no
///   allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind and size; no other thread changes `trie`
/// or `matches`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_trie_matches_pick(
    matches: *const mqc_trie_matches,
    trie: *const mqc_trie,
    group: u32,
    strategy: mqc_share_strategy,
    number: u64,
    unavailable: *const u64,
    unavailable_count: usize,
    found: *mut u8,
    out: *mut mqc_trie_member,
) -> mqc_status {
    let body = |trie: &Stamped<Trie>, matches: &Matches| {
        required(found)?;
        required(out)?;
        let strategy = self::strategy(strategy, number)?;
        // SAFETY: the caller's promise.
        let unavailable = unsafe { keys(unavailable, unavailable_count)? };
        if !unavailable.is_sorted() {
            return Err(MQC_INVALID_ARGUMENT);
        }
        let group = matches.group(trie, group)?;
        let picked = group.pick(strategy, |key, _| unavailable.binary_search(key).is_err());
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe {
            found.write(u8::from(picked.is_some()));
            out.write(picked.map_or(NOBODY, mqc_trie_member::of));
        }
        Ok(())
    };
    // SAFETY: the caller's promises.
    unsafe {
        object::with(
            trie,
            |trie| &trie.0,
            |trie| match object::with(matches, |matches| &matches.0, |matches| body(trie, matches))
            {
                crate::MQC_OK => Ok(()),
                status => Err(status),
            },
        )
    }
}

/// Gives all members of a shared subscription, in the order in which they joined.
///
/// @param matches   holds the group; changed
/// @param trie      the same
/// @param group     its number in an mqc_trie_found
/// @param out       written with MQC_OK: an array
/// @param count     written with MQC_OK: entries of the array
///
/// Ownership: the array belongs to `matches`.
/// Lifetime: the array lives until the next call with `matches`.
/// Threads: one at a time for each `matches`; several may read the trie at a time while none
///   changes it.
/// Errors: MQC_NULL_POINTER, MQC_POISONED, MQC_ERR_INDEX_CHANGED if the trie has changed since the
///   group was found, or MQC_INVALID_ARGUMENT if the trie is another or there is no such group.
/// Cost: O(members), no allocation once `matches` has grown. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread changes `trie` or uses
/// `matches`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_trie_matches_members(
    matches: *mut mqc_trie_matches,
    trie: *const mqc_trie,
    group: u32,
    out: *mut *const mqc_trie_member,
    count: *mut usize,
) -> mqc_status {
    let body = |trie: &Stamped<Trie>, matches: &mut Matches| {
        required(out)?;
        required(count)?;
        let group = matches.group(trie, group)?;
        matches.members.clear();
        matches.members.extend(group.members().map(mqc_trie_member::of));
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe {
            out.write(matches.members.as_ptr());
            count.write(matches.members.len());
        }
        Ok(())
    };
    // SAFETY: the caller's promises.
    unsafe { with(trie, matches, body) }
}

const NOBODY: mqc_trie_member = mqc_trie_member { key: 0, granted: mqc_granted::NONE };

impl mqc_trie_member {
    fn of((key, granted): (&u64, &Granted)) -> Self {
        Self { key: *key, granted: mqc_granted::of(granted) }
    }
}

/// The keys at `data`; NULL is allowed for none.
///
/// # Safety
/// If `count` is not 0, `data` is NULL or points to that many keys.
unsafe fn keys<'a>(data: *const u64, count: usize) -> Result<&'a [u64], mqc_status> {
    if count == 0 {
        return Ok(&[]);
    }
    required(data)?;
    let bytes = count.checked_mul(size_of::<u64>()).ok_or(MQC_INVALID_ARGUMENT)?;
    if isize::try_from(bytes).is_err() || !data.is_aligned() {
        return Err(MQC_INVALID_ARGUMENT);
    }
    // SAFETY: not NULL, aligned, and not longer than an object can be; the rest is the caller's
    // promise.
    Ok(unsafe { slice::from_raw_parts(data, count) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strategies_are_those_of_the_core() {
        assert_eq!(strategy(MQC_SHARE_ROUND_ROBIN, 7), Ok(ShareStrategy::RoundRobin));
        assert_eq!(strategy(MQC_SHARE_STICKY, 7), Ok(ShareStrategy::Sticky));
        assert_eq!(strategy(MQC_SHARE_HASH, 7), Ok(ShareStrategy::Hash(7)));
        assert_eq!(strategy(MQC_SHARE_NUMBER, 7), Ok(ShareStrategy::Number(7)));
        assert_eq!(strategy(4, 7), Err(MQC_INVALID_ARGUMENT));
    }

    #[test]
    fn keys_are_checked() {
        let some = [1, 2];
        // SAFETY: nothing is read where the range is refused.
        unsafe {
            assert_eq!(keys(some.as_ptr(), 2), Ok(&some[..]));
            assert_eq!(keys(ptr::null(), 0), Ok(&[][..]));
            assert_eq!(keys(ptr::null(), 1), Err(crate::MQC_NULL_POINTER));
            assert_eq!(keys(some.as_ptr(), usize::MAX / 4), Err(MQC_INVALID_ARGUMENT));
        }
    }
}
