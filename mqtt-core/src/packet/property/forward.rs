//! Properties of a message that is sent on.

use super::list::{Exact, Omit};
use super::send::write_property;
use super::{Properties, Property};
use crate::wire::property::Section;
use crate::wire::writer::BufWriter;
use crate::{PacketType, PropertyId};
use alloc::vec::Vec;

const PUBLISH: Section = Section::of(PacketType::Publish);

impl<'a> Properties<'a> {
    /// Appends what goes on to receivers, of the properties of a PUBLISH or of a will: a topic alias means
    /// something on one connection alone, an identifier to one receiver, and a will has been delayed.
    pub(crate) fn write_forwarded(&self, out: &mut Vec<u8>) {
        let is_exact = self.exact.is_some_and(|exact| exact.is(PUBLISH));
        if is_exact && self.omit == Omit::Nothing && !self.may_have_alias() {
            out.extend_from_slice(self.wire);
            return;
        }
        for property in self {
            let id = property.id();
            let is_dropped = matches!(
                id,
                PropertyId::TopicAlias
                    | PropertyId::WillDelayInterval
                    | PropertyId::SubscriptionIdentifier
            );
            if !is_dropped {
                // A vector takes it all.
                let _ = write_property(&property, BufWriter(out));
            }
        }
    }

    /// Bytes that were [written so](Self::write_forwarded), and nothing else.
    #[inline]
    pub(crate) const fn forwarded(wire: &'a [u8]) -> Self {
        let exact = Some(Exact::new(PUBLISH, false));
        Self { wire, values: &[], exact, omit: Omit::Nothing }
    }

    /// The properties of a message as they were kept: they may have identifiers of subscriptions.
    pub(crate) const fn received(wire: &'a [u8]) -> Self {
        Self { wire, values: &[], exact: None, omit: Omit::Nothing }
    }

    /// Appends the identifier of a subscription to such bytes.
    #[inline]
    pub(crate) fn push_subscription_id(out: &mut Vec<u8>, id: u32) {
        let _ = write_property(&Property::SubscriptionIdentifier(id), BufWriter(out));
    }
}
