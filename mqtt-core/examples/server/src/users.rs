//! Who may connect: names, and what their passwords look like when they are hashed.

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, Params, PasswordHasher as _, PasswordVerifier as _};
use core::fmt;
use core::hash::BuildHasher as _;
use std::hash::RandomState;
use std::path::Path;
use std::{fs, io};

/// So many KiB one verification may take, at most: what a line asks for beyond it is a mistake.
const MAX_KIB: u32 = 256 << 10;
/// The same of its work, which is the memory times the passes over it: so many times that of [`Users::line`].
const MAX_WORK: u64 = 32;

/// Users and the hashes of their passwords.
///
/// The text form has a line `name:$argon2id$...` for each; lines that are empty or begin with `#` say nothing.
///
/// # Examples
/// ```
/// use mqc_server::Users;
/// let line = Users::line("anna", b"secret")?;
/// let users = Users::parse(&format!("# Of the house.\n{line}\n"))?;
/// assert!(users.verify("anna", b"secret"));
/// assert!(!users.verify("anna", b"Secret") && !users.verify("ben", b"secret"));
/// // Neither names nor hashes are shown.
/// assert_eq!(format!("{users:?}"), "Users(1)");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Users {
    /// In the order of names.
    entries: Vec<(Box<str>, PasswordHash)>,
    /// Chooses which hash an unknown name is compared with.
    decoy: RandomState,
}

impl Users {
    /// Reads the text form.
    ///
    /// # Errors
    /// The first line that is none, or has a name of before.
    ///
    /// ```
    /// let error = mqc_server::Users::parse("# Of the house.\nanna:secret").unwrap_err();
    /// assert_eq!(error.to_string(), "line 2: expected name:$argon2id$...");
    /// ```
    pub fn parse(text: &str) -> io::Result<Self> {
        let mut entries = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            if let Some(entry) = entry(line) {
                let (name, hash) =
                    entry.map_err(|why| invalid(&format!("line {number}: {why}")))?;
                entries.push((name, hash, number));
            }
        }
        entries.sort_by(|(a, _, one), (b, _, other)| (a, one).cmp(&(b, other)));
        let twice = entries.windows(2).filter(|two| two[0].0 == two[1].0);
        if let Some([_, (name, _, number)]) = twice.min_by_key(|two| two[1].2) {
            return Err(invalid(&format!("line {number}: there is a user {name:?} before")));
        }
        let entries = entries.into_iter().map(|(name, hash, _)| (name, hash)).collect();
        Ok(Self { entries, decoy: RandomState::new() })
    }

    /// Reads a file of the text form.
    ///
    /// # Errors
    /// It cannot be read; those of [`parse`](Self::parse).
    ///
    /// ```
    /// assert!(mqc_server::Users::read("/nowhere/users".as_ref()).is_err());
    /// ```
    pub fn read(file: &Path) -> io::Result<Self> {
        Self::parse(&fs::read_to_string(file)?)
    }

    /// A line of the text form, with the cost that OWASP names first: 19 MiB, two passes.
    ///
    /// # Errors
    /// The name is empty, begins with `#` or white space, or has control characters; the system has no random
    /// numbers.
    ///
    /// See [`Users`] for an example.
    pub fn line(name: &str, password: &[u8]) -> io::Result<String> {
        check_name(name).map_err(invalid)?;
        let hash: PasswordHash =
            Argon2::default().hash_password(password).map_err(|why| invalid(&why.to_string()))?;
        Ok(format!("{name}:{hash}"))
    }

    /// Is this his password? Takes the time and memory that the line of the user asks for, some 20 ms and 19 MiB as
    /// [`line`](Self::line) makes them; an unknown name costs the same as one that is known.
    ///
    /// See [`Users`] for an example.
    #[must_use]
    pub fn verify(&self, name: &str, password: &[u8]) -> bool {
        let found = self.entries.binary_search_by(|(other, _)| (**other).cmp(name));
        // Always the same for a name, so that asking again tells no more.
        let decoy = || self.decoy.hash_one(name) % (self.entries.len().max(1) as u64);
        let at = found.unwrap_or_else(|_| decoy() as usize);
        match self.entries.get(at) {
            Some((_, hash)) => {
                let fits = Argon2::default().verify_password(password, hash).is_ok();
                fits && found.is_ok()
            }
            None => {
                let mut output = [0; Params::DEFAULT_OUTPUT_LEN];
                let salt = b"nobody is known";
                // Only for its time.
                let _ = Argon2::default().hash_password_into(password, salt, &mut output);
                false
            }
        }
    }

    /// How many there are.
    ///
    /// ```
    /// assert_eq!(mqc_server::Users::default().count(), 0);
    /// ```
    #[must_use]
    pub fn count(&self) -> usize {
        self.entries.len()
    }
}

impl fmt::Debug for Users {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Users({})", self.count())
    }
}

/// True if a line of the text form says nothing.
fn is_silent(line: &str) -> bool {
    line.trim().is_empty() || line.starts_with('#')
}

/// The name in a line of the text form, if it has one.
pub(crate) fn name_of(line: &str) -> Option<&str> {
    // No hash has a colon; a name may.
    line.rsplit_once(':').map(|(name, _)| name).filter(|_| !is_silent(line))
}

/// The name and the hash of a line, if it says anything.
fn entry(line: &str) -> Option<Result<(Box<str>, PasswordHash), &'static str>> {
    if is_silent(line) {
        return None;
    }
    Some((|| {
        let name = name_of(line).ok_or("expected name:$argon2id$...")?;
        check_name(name)?;
        let text = line[name.len() + 1..].trim_end();
        let hash = PasswordHash::new(text).map_err(|_| "expected name:$argon2id$...")?;
        let is_whole = hash.salt.is_some() && hash.hash.is_some();
        let params = Params::try_from(&hash).ok().filter(|_| is_whole);
        match params {
            Some(params) if hash.algorithm == argon2::ARGON2ID_IDENT => {
                if params.m_cost() > MAX_KIB {
                    Err("the hash takes more than 256 MiB of memory")
                } else if work(&params) > MAX_WORK * work(&Params::DEFAULT) {
                    Err("the hash takes more than 32 times the work of one that passwd makes")
                } else {
                    Ok((name.into(), hash))
                }
            }
            _ => Err("expected name:$argon2id$..."),
        }
    })())
}

/// How long a verification takes, in KiB that are gone through.
fn work(params: &Params) -> u64 {
    u64::from(params.m_cost()) * u64::from(params.t_cost())
}

fn check_name(name: &str) -> Result<(), &'static str> {
    match name.chars().next() {
        None => Err("the name is empty"),
        Some('#') => Err("the name begins with #"),
        Some(first) if first.is_whitespace() => Err("the name begins with white space"),
        _ if name.chars().any(char::is_control) => Err("the name has a control character"),
        _ => Ok(()),
    }
}

pub(crate) fn invalid(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}
