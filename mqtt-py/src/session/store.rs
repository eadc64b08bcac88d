//! `PersistOp`: changes that a store is to keep.

use super::choice::PersistKind;
use crate::bytes::Blob;
use crate::class::value_class;
use crate::field::Field;
use mqtt_core::store::Persist;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

value_class! {
    /// One change of what a store keeps of a session.
    class PersistOp ["kind", "key", "value"];
    text "(kind, key=b'', value=b'', *, seq, epoch=0)";
    positional {
        kind: PersistKind;
        key: Blob = Blob::empty();
        value: Blob = Blob::empty();
    }
    keyword [*] {
        seq: u64;
        epoch: u64 = 0;
    }
    methods {
        /// An entry of a journal.
        fn to_journal<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
            let mut out = Vec::new();
            self.core(py).encode(&mut out);
            PyBytes::new(py, &out)
        }
    }
}

impl PersistOp {
    /// Bytes are made, and no other objects.
    pub(crate) fn of(py: Python<'_>, op: &mqtt_core::PersistOp<'_>) -> PyResult<Self> {
        let (key, value): (&[u8], &[u8]) = match op.change {
            Persist::Put { key, value } => (key, value),
            Persist::Delete { key } => (key, &[]),
            _ => (&[], &[]),
        };
        let blob = |bytes| Blob::take(PyBytes::new(py, bytes).as_any());
        Ok(Self {
            kind: PersistKind::of(&op.change),
            key: blob(key)?,
            value: blob(value)?,
            seq: op.seq,
            epoch: op.epoch,
        })
    }

    /// As the core has it.
    pub(crate) fn core<'a>(&'a self, py: Python<'a>) -> mqtt_core::PersistOp<'a> {
        let (key, value) = (self.key.get(py), self.value.get(py));
        let change = match self.kind {
            PersistKind::Put => Persist::Put { key, value },
            PersistKind::Delete => Persist::Delete { key },
            PersistKind::Clear => Persist::Clear,
            PersistKind::Mark => Persist::Mark,
        };
        mqtt_core::PersistOp { seq: self.seq, epoch: self.epoch, change }
    }
}
