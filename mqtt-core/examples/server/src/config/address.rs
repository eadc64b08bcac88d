//! Where to listen, by name or by number.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::io;
use std::net::{TcpListener, ToSocketAddrs as _};

/// The addresses of `HOST:PORT`, each once. A name may have several, such as 127.0.0.1 and ::1; those of a family that
/// the system lacks are left out, unless there are no others. Blocks while the system looks a name up.
pub(crate) fn resolve(text: &str) -> io::Result<Vec<SocketAddr>> {
    if let Ok(address) = text.parse() {
        return Ok(vec![address]);
    }
    let all = each_once(text.to_socket_addrs()?, has_family);
    match all.is_empty() {
        true => Err(io::Error::other("the name has no address")),
        false => Ok(all),
    }
}

fn each_once(
    found: impl Iterator<Item = SocketAddr>,
    has_family: impl Fn(SocketAddr) -> bool,
) -> Vec<SocketAddr> {
    let mut all = Vec::new();
    for address in found {
        if !all.contains(&address) {
            all.push(address);
        }
    }
    if all.iter().any(|&address| has_family(address)) {
        all.retain(|&address| has_family(address));
    }
    all
}

/// True if the system has the family of this address: then it lets listen on its loopback.
fn has_family(address: SocketAddr) -> bool {
    let loopback: IpAddr = match address {
        SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    };
    TcpListener::bind((loopback, 0)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_its_addresses_each_once() {
        assert_eq!(resolve("[::1]:0").unwrap(), [SocketAddr::from(([0, 0, 0, 0, 0, 0, 0, 1], 0))]);
        let localhost = resolve("localhost:1883").unwrap();
        assert!(localhost.iter().all(|one| one.ip().is_loopback() && one.port() == 1883));
        assert!(!localhost.is_empty());
        let [four, six] = ["127.0.0.1:1", "[::1]:1"].map(|text| text.parse().unwrap());
        let all = [six, four, six, four].into_iter();
        assert_eq!(each_once(all.clone(), |_| true), [six, four]);
        assert_eq!(each_once(all.clone(), |address| address.is_ipv4()), [four]);
        // Then it is said that it cannot listen there.
        assert_eq!(each_once(all, |_| false), [six, four]);
        for wrong in ["1883", "localhost", "localhost:", "localhost:65536", "no.such.invalid:1"] {
            resolve(wrong).unwrap_err();
        }
    }
}
