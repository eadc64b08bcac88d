//! Asks for a password.

use std::io::{self, IsTerminal as _, stdin};

/// Asks for the new password of a user: twice on a terminal, else a line of standard input.
pub(crate) fn password(name: &str) -> io::Result<String> {
    let password = if stdin().is_terminal() {
        let password = rpassword::prompt_password(format!("New password of {name}: "))?;
        if rpassword::prompt_password("Once more: ")? != password {
            return Err(io::Error::other("that is another password; nothing has changed"));
        }
        password
    } else {
        let mut line = String::new();
        stdin().read_line(&mut line)?;
        line.trim_end_matches(['\r', '\n']).to_owned()
    };
    match password.is_empty() {
        true => Err(io::Error::other("the password is empty; nothing has changed")),
        false => Ok(password),
    }
}
