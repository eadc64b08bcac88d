//! Value classes: one macro gives each what all of them have.

/// A frozen class of fields, and of properties if it has some: its constructor, an attribute for
/// each, `==`, hash, `repr`, pickling, copying, `match` and `replace`.
///
/// `text` is the signature as Python shows it. `[*]` says that keywords follow. A field without a
/// default must be given. The first may be an object in a slot, which Python reads without a call:
/// ten times faster. With `freelist`, so many dead objects are kept to be used again. Callers have
/// PyO3's prelude in scope.
macro_rules! value_class {
    (
        $(#[$doc:meta])*
        class $Class:ident $match:tt $(, freelist $free:literal)?;
        text $text:tt;
        positional $([$slot:ident: $SlotT:ty])? { $($pos:ident: $PosT:ty $(= $pos_default:expr)?;)* }
        keyword [$($star:tt)?] { $($kw:ident: $KwT:ty $(= $kw_default:expr)?;)* }
        $(properties of $section:expr; { $($prop:ident = $Id:ident;)* })?
        methods { $($methods:tt)* }
    ) => {
        $(#[$doc])*
        #[pyo3::pyclass(frozen, weakref, $(freelist = $free,)? module = "mqtt_core")]
        pub(crate) struct $Class {
            $(#[pyo3(get)]
            pub(crate) $slot: $SlotT,)?
            $(pub(crate) $pos: $PosT,)*
            $(pub(crate) $kw: $KwT,)*
            $(pub(crate) properties: $crate::class::properties_of!($section),)?
        }

        $(impl $Class {
            pub(crate) const SECTION: $crate::properties::Section = $section;
            const PROPERTIES: &'static $crate::properties::Names =
                &[$((stringify!($prop), mqtt_core::PropertyId::$Id)),*];
        }

        const _: () = assert!(<$Class>::SECTION.has_exactly(<$Class>::PROPERTIES));)?

        impl $Class {
            /// The constructor's arguments that make an equal object.
            fn arguments<'py>(
                &self,
                py: Python<'py>,
            ) -> PyResult<Bound<'py, pyo3::types::PyDict>> {
                let arguments = pyo3::types::PyDict::new(py);
                $(arguments.set_item(stringify!($slot), &self.$slot)?;)?
                $(arguments.set_item(
                    stringify!($pos),
                    $crate::field::Field::give(&self.$pos, py)?,
                )?;)*
                $(arguments.set_item(
                    stringify!($kw),
                    $crate::field::Field::give(&self.$kw, py)?,
                )?;)*
                $({
                    let section: $crate::properties::Section = $section;
                    self.properties.arguments(section, Self::PROPERTIES, &arguments)?;
                })?
                Ok(arguments)
            }
        }

        #[pyo3::pymethods]
        impl $Class {
            #[new]
            #[pyo3(
                signature = (
                    $($slot,)?
                    $($pos $(= $pos_default)?,)*
                    $($star,)?
                    $($kw $(= $kw_default)?,)*
                    $($($prop = None,)*)?
                ),
                text_signature = $text,
            )]
            #[allow(clippy::too_many_arguments, reason = "keywords in Python")]
            fn new(
                py: Python<'_>,
                $(#[pyo3(from_py_with = <$SlotT as $crate::field::Field>::take)] $slot: $SlotT,)?
                $(#[pyo3(from_py_with = <$PosT as $crate::field::Field>::take)] $pos: $PosT,)*
                $(#[pyo3(from_py_with = <$KwT as $crate::field::Field>::take)] $kw: $KwT,)*
                $($($prop: Option<&Bound<'_, PyAny>>,)*)?
            ) -> PyResult<Self> {
                let _ = py;
                Ok(Self {
                    $($slot,)?
                    $($pos,)*
                    $($kw,)*
                    $(properties: $crate::properties::Properties::build(
                        py,
                        $section,
                        Self::PROPERTIES,
                        &[$($prop),*],
                    )?,)?
                })
            }

            #[classattr]
            #[pyo3(name = "__match_args__")]
            fn match_args(
                py: Python<'_>,
            ) -> PyResult<Bound<'_, pyo3::types::PyTuple>> {
                let names: &[&str] = &$match;
                pyo3::types::PyTuple::new(py, names)
            }

            $(#[getter]
            fn $pos<'py>(
                &self,
                py: Python<'py>,
            ) -> PyResult<Bound<'py, PyAny>> {
                $crate::field::Field::give(&self.$pos, py)
            })*

            $(#[getter]
            fn $kw<'py>(
                &self,
                py: Python<'py>,
            ) -> PyResult<Bound<'py, PyAny>> {
                $crate::field::Field::give(&self.$kw, py)
            })*

            $($(#[getter]
            fn $prop<'py>(
                &self,
                py: Python<'py>,
            ) -> PyResult<Bound<'py, PyAny>> {
                self.properties.get(py, Self::SECTION, mqtt_core::PropertyId::$Id)
            })*)?

            fn __eq__(&self, other: &Self, py: Python<'_>) -> PyResult<bool> {
                let _ = (py, other);
                $(if !$crate::field::Field::same(&self.$slot, &other.$slot, py)? {
                    return Ok(false);
                })?
                $(if !$crate::field::Field::same(&self.$pos, &other.$pos, py)? {
                    return Ok(false);
                })*
                $(if !$crate::field::Field::same(&self.$kw, &other.$kw, py)? {
                    return Ok(false);
                })*
                $({
                    let _: $crate::properties::Section = $section;
                    if !$crate::field::Field::same(&self.properties, &other.properties, py)? {
                        return Ok(false);
                    }
                })?
                Ok(true)
            }

            fn __hash__(&self, py: Python<'_>) -> PyResult<isize> {
                let values: Vec<Bound<'_, PyAny>> = vec![
                    pyo3::types::PyString::intern(py, stringify!($Class)).into_any(),
                    $($crate::field::Field::hashed(&self.$slot, py)?,)?
                    $($crate::field::Field::hashed(&self.$pos, py)?,)*
                    $($crate::field::Field::hashed(&self.$kw, py)?,)*
                    $({
                        let _: $crate::properties::Section = $section;
                        $crate::field::Field::hashed(&self.properties, py)?
                    },)?
                ];
                pyo3::types::PyTuple::new(py, values)?.hash()
            }

            fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
                let _ = py;
                #[allow(unused_mut, reason = "a class may have no fields")]
                let mut parts: Vec<String> = Vec::new();
                $(parts.push($crate::field::Field::shown(&self.$slot, py)?);)?
                $({
                    let is_default = false $(|| {
                        let default: $PosT = $pos_default;
                        $crate::field::Field::same(&self.$pos, &default, py)?
                    })?;
                    if !is_default {
                        parts.push($crate::field::Field::shown(&self.$pos, py)?);
                    }
                })*
                $({
                    let is_default = false $(|| {
                        let default: $KwT = $kw_default;
                        $crate::field::Field::same(&self.$kw, &default, py)?
                    })?;
                    if !is_default {
                        let shown = $crate::field::Field::shown(&self.$kw, py)?;
                        parts.push(format!("{}={shown}", stringify!($kw)));
                    }
                })*
                $({
                    let section: $crate::properties::Section = $section;
                    self.properties.shown(py, section, Self::PROPERTIES, &mut parts)?;
                })?
                Ok(format!("{}({})", stringify!($Class), parts.join(", ")))
            }

            /// For `pickle`: an equal object.
            fn __getnewargs_ex__<'py>(
                &self,
                py: Python<'py>,
            ) -> PyResult<(
                Bound<'py, pyo3::types::PyTuple>,
                Bound<'py, pyo3::types::PyDict>,
            )> {
                Ok((pyo3::types::PyTuple::empty(py), self.arguments(py)?))
            }

            /// What never changes is its own copy.
            fn __copy__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
                slf
            }

            /// What never changes is its own copy, and so is all in it.
            fn __deepcopy__<'py>(
                slf: Bound<'py, Self>,
                memo: &Bound<'py, PyAny>,
            ) -> Bound<'py, Self> {
                let _ = memo;
                slf
            }

            /// A copy with some values changed.
            #[pyo3(signature = (**changes))]
            fn replace<'py>(
                slf: &Bound<'py, Self>,
                changes: Option<&Bound<'py, pyo3::types::PyDict>>,
            ) -> PyResult<Bound<'py, PyAny>> {
                let arguments = slf.get().arguments(slf.py())?;
                if let Some(changes) = changes {
                    arguments.update(changes.as_mapping())?;
                }
                slf.get_type().call((), Some(&arguments))
            }

            /// For `copy.replace`.
            #[pyo3(signature = (**changes))]
            fn __replace__<'py>(
                slf: &Bound<'py, Self>,
                changes: Option<&Bound<'py, pyo3::types::PyDict>>,
            ) -> PyResult<Bound<'py, PyAny>> {
                Self::replace(slf, changes)
            }

            $($methods)*
        }
    };
}

/// The type of properties, wherever they stand.
macro_rules! properties_of {
    ($section:expr) => {
        $crate::properties::Properties
    };
}

pub(crate) use {properties_of, value_class};
