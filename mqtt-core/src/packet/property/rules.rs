//! What the standard says of properties, for both directions: where they may be, how often, and
//! with which values.

use crate::wire::property::{Info, Layout, Section};
use crate::wire::writer::VARINT_MAX;
use crate::{ErrorKind, PacketType, PropertyId, Sender};

/// Follows one property section.
pub(super) struct Rules {
    section: Section,
    /// Bit n: the property with number n has been there.
    seen: u64,
}

impl Rules {
    #[inline]
    pub(super) const fn new(section: Section) -> Self {
        Self { section, seen: 0 }
    }

    /// With these properties seen.
    #[inline]
    const fn of(section: Section, seen: u64) -> Self {
        Self { section, seen }
    }

    /// Says whether this property may be here, and here again.
    ///
    /// # Spec
    /// v5 section 2.2.2.2 and the property section of each packet.
    #[inline]
    pub(super) fn admit(&mut self, info: &Info) -> Result<(), ErrorKind> {
        if !info.allowed_in(self.section) {
            return Err(ErrorKind::PropertyNotAllowed);
        }
        let bit = 1 << info.id as u32;
        if self.seen & bit != 0 && !info.repeats_in(self.section) {
            return Err(ErrorKind::PropertyDuplicate);
        }
        self.seen |= bit;
        Ok(())
    }

    /// Says whether this side may send all that has been there: some properties may be in packets of
    /// both sides, but come from one only.
    ///
    /// # Spec
    /// v5 \[MQTT-3.3.4-6\], \[MQTT-3.14.2-2\].
    #[inline]
    pub(super) fn check_sender(&self, sender: Sender) -> Result<(), ErrorKind> {
        const PUBLISH: Section = Section::of(PacketType::Publish);
        const DISCONNECT: Section = Section::of(PacketType::Disconnect);
        let seen = |id| self.seen & 1 << id as u32 != 0;
        match (self.section, sender) {
            (PUBLISH, Sender::Client) if seen(PropertyId::SubscriptionIdentifier) => {
                Err(ErrorKind::SubscriptionIdFromClient)
            }
            (DISCONNECT, Sender::Server) if seen(PropertyId::SessionExpiryInterval) => {
                Err(ErrorKind::SessionExpiryFromServer)
            }
            _ => Ok(()),
        }
    }

    /// Says whether the section lacks something, once all of it has been seen. AUTH needs a method
    /// too, but that is for the session to say: an empty AUTH is a legal short form.
    ///
    /// # Spec
    /// v5 sections 3.1.2.11.10, 4.12.
    #[inline]
    pub(super) fn finish(&self) -> Result<(), ErrorKind> {
        let method = self.seen & 1 << PropertyId::AuthenticationMethod as u32;
        let data = self.seen & 1 << PropertyId::AuthenticationData as u32;
        let auth = Section::of(PacketType::Auth);
        if data != 0 && method == 0 && self.section != auth {
            return Err(ErrorKind::AuthenticationDataAlone);
        }
        Ok(())
    }
}

/// The properties of a section, judged as a whole. For up to 2^20 of them.
#[derive(Default)]
pub(super) struct Seen {
    /// Bit n: the property with number n has been there. Without user properties, which may be
    /// everywhere and as often as one likes.
    set: u64,
    /// The same added up: another number if one has been there again that may not.
    sum: u64,
}

impl Seen {
    #[inline(always)]
    pub(super) fn add(&mut self, info: &Info, section: Section) {
        if info.id == PropertyId::UserProperty {
            return;
        }
        let bit = 1 << info.id as u32;
        if self.set & bit == 0 || !info.repeats_in(section) {
            self.sum += bit;
        }
        self.set |= bit;
    }

    /// True if this one has been there.
    #[inline(always)]
    pub(super) const fn has(&self, id: PropertyId) -> bool {
        self.set >> id as u32 & 1 != 0
    }

    /// Says whether all that was there, each of which may be in this section, may be there together,
    /// from this side. False says nothing about it.
    #[inline(always)]
    pub(super) fn check(&self, section: Section, sender: Option<Sender>) -> bool {
        let rules = Rules::of(section, self.set);
        self.sum == self.set
            && sender.is_none_or(|sender| rules.check_sender(sender).is_ok())
            && rules.finish().is_ok()
    }
}

/// Says whether a number may be the value of a property of this layout.
#[inline]
pub(super) fn check_number(layout: Layout, number: u32) -> Result<(), ErrorKind> {
    let legal = match layout {
        Layout::Bit => number <= 1,
        Layout::U16NonZero | Layout::U32NonZero => number != 0,
        Layout::Varint => number != 0 && number <= VARINT_MAX,
        Layout::Alias if number == 0 => return Err(ErrorKind::TopicAliasZero),
        _ => true,
    };
    if legal { Ok(()) } else { Err(ErrorKind::PropertyValue) }
}
