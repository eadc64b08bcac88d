//! Who may publish and subscribe to what.

use crate::{
    MQC_ERR_ACL,
    boundary::required,
    mqc_bytes, mqc_status,
    object::{self, Object},
    packet, status,
};
use mqtt_core::{Acl, AclError, Identity, TopicFilter, TopicName};

/// Rules.
pub struct mqc_acl(Object<Acl>);

/// What is wrong with rules, and where.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct mqc_acl_error {
    /// The line, from 1 on.
    pub line: u32,
    /// The column in characters, from 1 on.
    pub column: u32,
    /// Bytes of `text`.
    pub text_len: u32,
    /// What is wrong, in words: UTF-8, not NUL-terminated, cut off if there is no room.
    pub text: [u8; 116],
}

impl mqc_acl_error {
    fn of(error: &AclError) -> Self {
        let words = error.kind().to_string();
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let mut text = [0; 116];
        let fits = |at: &usize| words.is_char_boundary(*at);
        let len = (0..=text.len().min(words.len())).rev().find(fits).unwrap_or(0);
        for (place, byte) in text.iter_mut().zip(words.as_bytes().iter().take(len)) {
            *place = *byte;
        }
        Self {
            line: number(error.line()),
            column: number(error.column()),
            text_len: number(len),
            text,
        }
    }
}

impl mqc_acl {
    /// # Safety
    /// `acl` is NULL or points to such an object.
    pub(super) unsafe fn copy(acl: *const Self) -> Result<Acl, mqc_status> {
        let mut copy = Acl::new();
        let body = |acl: &Acl| {
            copy = acl.clone();
            Ok(())
        };
        // SAFETY: the caller's promise.
        crate::session::outcome(unsafe { object::with(acl, |it| &it.0, body) })?;
        Ok(copy)
    }
}

/// Reads rules: a line each, such as `allow publish user anna sensors/%u/#` or `deny all #`; what
/// no rule speaks of is denied, unless `default allow` stands among them.
///
/// @param text      UTF-8
/// @param out       written with MQC_OK
/// @param error     written with MQC_ERR_ACL; may be NULL
///
/// Ownership: `text` is copied before return; `*out` is the caller's, to be freed with
///   mqc_acl_free().
/// Lifetime: `*out` lives until it is freed.
/// Threads: any.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_ERR_UTF8 or MQC_ERR_ACL.
/// Cost: O(bytes), allocates the rules. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such memory, `text` to its bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_acl_parse(
    text: mqc_bytes,
    out: *mut *mut mqc_acl,
    error: *mut mqc_acl_error,
) -> mqc_status {
    let make = || {
        // SAFETY: the caller's promise.
        let text = unsafe { packet::text(text)? };
        Acl::parse(text).map(|acl| mqc_acl(Object::new(acl))).map_err(|fault| {
            if !error.is_null() {
                // SAFETY: not NULL; the rest is the caller's promise.
                unsafe { error.write(mqc_acl_error::of(&fault)) };
            }
            MQC_ERR_ACL
        })
    };
    // SAFETY: the caller's promise.
    unsafe { object::create(out, make) }
}

/// Frees rules; NULL is fine. Brokers have copies of their own.
///
/// @param acl       of no use after the call
///
/// Ownership: `acl` is taken.
/// Lifetime: nothing comes out that could end.
/// Threads: one at a time for each object.
/// Errors: none.
/// Cost: O(rules). Since 0.1.
///
/// # Safety
/// `acl` is NULL or came from mqc_acl_parse(), and is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_acl_free(acl: *mut mqc_acl) {
    // SAFETY: the caller's promise.
    unsafe { object::free(acl) }
}

/// Says whether a client may publish to this topic.
///
/// @param acl       made with mqc_acl_parse()
/// @param client_id UTF-8
/// @param user_name UTF-8; NULL if the client has none
/// @param topic     UTF-8
/// @param out       written with MQC_OK: 1 or 0
///
/// Ownership: all is borrowed during the call.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, MQC_ERR_UTF8, or the MQC_ERR_* of
///   a topic that is not legal.
/// Cost: O(rules), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects, views to their bytes; no other thread changes `acl`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_acl_allows_publish(
    acl: *const mqc_acl,
    client_id: mqc_bytes,
    user_name: *const mqc_bytes,
    topic: mqc_bytes,
    out: *mut u8,
) -> mqc_status {
    let body = |acl: &Acl| {
        required(out)?;
        // SAFETY: the caller's promise, for all these.
        let (who, topic) = unsafe { (identity(client_id, user_name)?, packet::text(topic)?) };
        let topic = TopicName::new(topic).map_err(|error| status::of_topic_error(&error))?;
        let allows = acl.allows_publish(&who, topic);
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { out.write(u8::from(allows)) };
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { object::with(acl, |it| &it.0, body) }
}

/// Says whether a client may subscribe to this filter.
///
/// @param acl       made with mqc_acl_parse()
/// @param client_id UTF-8
/// @param user_name UTF-8; NULL if the client has none
/// @param filter    UTF-8
/// @param out       written with MQC_OK: 1 or 0
///
/// Ownership: all is borrowed during the call.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, MQC_ERR_UTF8, or the MQC_ERR_* of
///   a filter that is not legal.
/// Cost: O(rules), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects, views to their bytes; no other thread changes `acl`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_acl_allows_subscribe(
    acl: *const mqc_acl,
    client_id: mqc_bytes,
    user_name: *const mqc_bytes,
    filter: mqc_bytes,
    out: *mut u8,
) -> mqc_status {
    let body = |acl: &Acl| {
        required(out)?;
        // SAFETY: the caller's promise, for all these.
        let (who, filter) = unsafe { (identity(client_id, user_name)?, packet::text(filter)?) };
        let filter = TopicFilter::new(filter).map_err(|error| status::of_topic_error(&error))?;
        let allows = acl.allows_subscribe(&who, filter);
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { out.write(u8::from(allows)) };
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { object::with(acl, |it| &it.0, body) }
}

/// # Safety
/// `user_name` is NULL or points to a view; the views point to their bytes.
unsafe fn identity<'a>(
    client_id: mqc_bytes,
    user_name: *const mqc_bytes,
) -> Result<Identity<'a>, mqc_status> {
    // SAFETY: the caller's promise, for all these.
    unsafe {
        let user_name = match user_name.is_null() {
            true => None,
            false => Some(packet::text(user_name.read())?),
        };
        Ok(Identity { client_id: packet::text(client_id)?, user_name })
    }
}
