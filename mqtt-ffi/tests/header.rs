//! `include/mqtt_core.h` says what the source says.

use std::{env, fs, path::Path};

/// Set to write the header anew in place of comparing it.
const UPDATE: &str = "MQC_UPDATE_HEADER";

#[test]
fn header_is_up_to_date() {
    let crate_dir = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = crate_dir.join("../include/mqtt_core.h");
    let config =
        cbindgen::Config::from_file(crate_dir.join("cbindgen.toml")).expect("legal config");
    let bindings = cbindgen::Builder::new()
        .with_crate(crate_dir)
        .with_config(config)
        .generate()
        .expect("the source parses");
    let mut generated = Vec::new();
    bindings.write(&mut generated);
    let generated = String::from_utf8(generated).expect("UTF-8");

    if env::var_os(UPDATE).is_some_and(|value| value == "1") {
        fs::write(&path, generated).expect("the header is writable");
        return;
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    let difference = generated.lines().zip(committed.lines()).position(|(new, old)| new != old);
    assert!(
        generated == committed,
        "include/mqtt_core.h is out of date from line {} on; run with {UPDATE}=1 to write it anew",
        1 + difference.unwrap_or_else(|| generated.lines().count().min(committed.lines().count())),
    );
}
