//! Enhanced authentication: challenges and answers, as a method wants them.

use core::fmt;
use std::sync::Arc;

/// Enhanced authentication (5.0): a method such as `SCRAM-SHA-256`, and who speaks for the client in it.
///
/// # Spec
/// v5 section 4.12.
///
/// # Examples
/// A broker that asks for the square of a number, and shows that it knows the root of another:
/// ```
/// use mqc_client::{Authentication, Exchange, Options};
///
/// struct Squares;
///
/// impl Exchange for Squares {
///     fn answer(&mut self, challenge: &[u8]) -> Result<Vec<u8>, String> {
///         challenge.iter().map(|number| number.checked_mul(*number).ok_or("too large".to_owned())).collect()
///     }
///
///     fn finish(&mut self, proof: &[u8]) -> Result<(), String> {
///         if proof == [5] { Ok(()) } else { Err("the broker does not know the root of 25".to_owned()) }
///     }
/// }
///
/// let authentication = Authentication::new("SQUARES", || Squares);
/// let options =
///     Options { authentication: Some(authentication), ..Options::new("mqtt://localhost".parse()?) };
/// # Ok::<(), mqc_client::BadAddress>(())
/// ```
#[derive(Clone)]
pub struct Authentication {
    method: String,
    open: Arc<dyn Fn() -> Box<dyn Exchange> + Send + Sync>,
}

/// The client's side of one authentication: that of one connection. It is called in the task that drives the
/// client, and must not block.
///
/// # Examples
/// See [`Authentication`].
pub trait Exchange: Send {
    /// What is said first, with CONNECT. Nothing if it is empty, as it is by default.
    ///
    /// See [`Authentication::in_one_step`] for an example.
    fn begin(&mut self) -> Vec<u8> {
        Vec::new()
    }

    /// The answer to a challenge.
    ///
    /// # Errors
    /// In words: why there is none. The client ends with [`Error::Authentication`](crate::Error::Authentication).
    ///
    /// See [`Authentication`] for an example.
    fn answer(&mut self, challenge: &[u8]) -> Result<Vec<u8>, String>;

    /// The broker accepts the client; what it says with that, which may be empty. A method in which the broker
    /// proves who it is has the proof here. By default anything will do.
    ///
    /// # Errors
    /// In words: what is wrong with it. The client ends with
    /// [`Error::Authentication`](crate::Error::Authentication), and has sent nothing but its own part of the
    /// authentication.
    ///
    /// See [`Authentication`] for an example.
    fn finish(&mut self, data: &[u8]) -> Result<(), String> {
        let _ = data;
        Ok(())
    }
}

impl Authentication {
    /// By this method. `open` is called for each connection.
    ///
    /// See [`Authentication`] for an example.
    pub fn new<E: Exchange + 'static>(
        method: impl Into<String>,
        open: impl Fn() -> E + Send + Sync + 'static,
    ) -> Self {
        Self { method: method.into(), open: Arc::new(move || Box::new(open())) }
    }

    /// By a method that has no challenges, as where a token is all that is wanted.
    ///
    /// ```
    /// use mqc_client::Authentication;
    /// let authentication = Authentication::in_one_step("TOKEN", *b"0815");
    /// // What may be secret is not shown.
    /// assert_eq!(format!("{authentication:?}"), "Authentication(\"TOKEN\")");
    /// ```
    pub fn in_one_step(method: impl Into<String>, data: impl Into<Vec<u8>>) -> Self {
        let data = data.into();
        Self::new(method, move || OneStep(data.clone()))
    }

    pub(crate) fn method(&self) -> &str {
        &self.method
    }

    /// For one connection.
    pub(crate) fn open(&self) -> Box<dyn Exchange> {
        (self.open)()
    }
}

impl fmt::Debug for Authentication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Authentication").field(&self.method).finish()
    }
}

/// Says this, and nothing more.
struct OneStep(Vec<u8>);

impl Exchange for OneStep {
    fn begin(&mut self) -> Vec<u8> {
        self.0.clone()
    }

    fn answer(&mut self, _challenge: &[u8]) -> Result<Vec<u8>, String> {
        Err("the broker wants more than one step".to_owned())
    }
}
