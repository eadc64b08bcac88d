//! Objects of the library: behind a pointer that the caller holds, of no use after a defect.

use crate::{
    MQC_NULL_POINTER, MQC_PANIC, MQC_POISONED,
    boundary::{Outcome, guard, required},
    mqc_status,
};
use core::sync::atomic::{AtomicBool, Ordering};

/// What is behind the pointer.
pub(crate) struct Object<T> {
    /// A panic was caught while it was used, so that nobody knows what state it is in.
    is_poisoned: AtomicBool,
    core: T,
}

impl<T> Object<T> {
    pub(crate) const fn new(core: T) -> Self {
        Self { is_poisoned: AtomicBool::new(false), core }
    }

    fn check(&self) -> Outcome {
        if self.is_poisoned.load(Ordering::Relaxed) { Err(MQC_POISONED) } else { Ok(()) }
    }

    fn note(&self, status: mqc_status) -> mqc_status {
        if status == MQC_PANIC {
            self.is_poisoned.store(true, Ordering::Relaxed);
        }
        status
    }
}

/// Hands an object to the caller, who owns it from then on.
///
/// # Safety
/// `out` is NULL or points to a writable pointer.
pub(crate) unsafe fn create<H>(
    out: *mut *mut H,
    make: impl FnOnce() -> Result<H, mqc_status>,
) -> mqc_status {
    guard(|| {
        required(out)?;
        let object = Box::new(make()?);
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { out.write(Box::into_raw(object)) };
        Ok(())
    })
}

/// Takes an object back and drops it; NULL is fine.
///
/// # Safety
/// `object` is NULL or came from [`create`], and is not used any more.
pub(crate) unsafe fn free<H>(object: *mut H) {
    if !object.is_null() {
        // Whom could a panic be told? The object is gone either way.
        let _ = guard(|| {
            // SAFETY: the caller's promise.
            drop(unsafe { Box::from_raw(object) });
            Ok(())
        });
    }
}

/// Runs `body` with an object that nobody else uses.
///
/// # Safety
/// `object` is NULL or came from [`create`], and no other thread uses it.
pub(crate) unsafe fn with_mut<T, H>(
    object: *mut H,
    field: impl FnOnce(&mut H) -> &mut Object<T>,
    body: impl FnOnce(&mut T) -> Outcome,
) -> mqc_status {
    // SAFETY: the caller's promise.
    let Some(object) = (unsafe { object.as_mut() }) else { return MQC_NULL_POINTER };
    let object = field(object);
    let status = match object.check() {
        Ok(()) => guard(|| body(&mut object.core)),
        Err(status) => status,
    };
    object.note(status)
}

/// Runs `body` with an object that others may look at too.
///
/// # Safety
/// `object` is NULL or came from [`create`], and no other thread changes it.
pub(crate) unsafe fn with<T, H>(
    object: *const H,
    field: impl FnOnce(&H) -> &Object<T>,
    body: impl FnOnce(&T) -> Outcome,
) -> mqc_status {
    // SAFETY: the caller's promise.
    let Some(object) = (unsafe { object.as_ref() }) else { return MQC_NULL_POINTER };
    let object = field(object);
    let status = match object.check() {
        Ok(()) => guard(|| body(&object.core)),
        Err(status) => status,
    };
    object.note(status)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MQC_OK;
    use core::ptr;

    struct Counter(Object<u32>);

    #[test]
    fn after_a_panic_only_free_works() {
        let mut counter: *mut Counter = ptr::null_mut();
        // SAFETY: the object is used as it should be.
        unsafe {
            assert_eq!(create(&raw mut counter, || Ok(Counter(Object::new(7)))), MQC_OK);
            let read = |it: &u32| if *it == 7 { Ok(()) } else { Err(1) };
            assert_eq!(with(counter, |it| &it.0, read), MQC_OK);
            assert_eq!(with_mut(counter, |it| &mut it.0, |_| panic!("on purpose")), MQC_PANIC);
            assert_eq!(with_mut(counter, |it| &mut it.0, |_| Ok(())), MQC_POISONED);
            assert_eq!(with(counter, |it| &it.0, read), MQC_POISONED);
            free(counter);
            free(ptr::null_mut::<Counter>());
            assert_eq!(with(ptr::null::<Counter>(), |it| &it.0, read), MQC_NULL_POINTER);
        }
    }
}
