//! Gives the shared library the name that programs record when they link it.

use std::env::var;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // Before 1.0 each minor version has an ABI of its own.
    let major = var("CARGO_PKG_VERSION_MAJOR").expect("cargo sets it");
    let minor = var("CARGO_PKG_VERSION_MINOR").expect("cargo sets it");
    let abi = if major == "0" { format!("0.{minor}") } else { major };
    let argument = match var("CARGO_CFG_TARGET_OS").as_deref() {
        Ok("macos" | "ios") => format!("-Wl,-install_name,@rpath/libmqtt_core.{abi}.dylib"),
        Ok("windows") => return,
        _ => format!("-Wl,-soname,libmqtt_core.so.{abi}"),
    };
    println!("cargo::rustc-cdylib-link-arg={argument}");
}
