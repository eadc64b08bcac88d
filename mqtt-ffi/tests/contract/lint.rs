//! The header reads like a manual: everything has a comment, every function says the same five things.

use crate::{header::Header, header_text};

const LABELS: [&str; 5] = ["Ownership:", "Lifetime:", "Threads:", "Errors:", "Cost:"];

/// What is wrong with the comments and names of a header.
fn faults(header: &Header) -> Vec<String> {
    let mut faults = Vec::new();
    let mut check = |name: &str, prefix: &str, docs: &[String]| {
        if docs.iter().all(|line| line.trim().is_empty()) {
            faults.push(format!("{name}: no comment"));
        }
        if !name.starts_with(prefix) {
            faults.push(format!("{name}: no prefix {prefix}"));
        }
    };
    for item in header.constants.iter().chain(&header.macros) {
        check(&item.name, "MQC_", &item.docs);
    }
    for alias in &header.aliases {
        check(&alias.name, "mqc_", &alias.docs);
    }
    for opaque in &header.opaques {
        check(&opaque.name, "mqc_", &opaque.docs);
    }
    for record in &header.records {
        check(&record.name, "mqc_", &record.docs);
        for field in &record.fields {
            check(&format!("{}.{}", record.name, field.name), "mqc_", &field.docs);
        }
    }
    for function in &header.functions {
        check(&function.name, "mqc_", &function.docs);
    }
    for function in &header.functions {
        let parameters: Vec<&str> = function.parameters.iter().map(|it| it.name.as_str()).collect();
        let found = comment_faults(&function.docs, &parameters);
        faults.extend(found.into_iter().map(|fault| format!("{}: {fault}", function.name)));
    }
    for record in header.records.iter().filter(|it| !it.is_union) {
        let grows = record.fields.first().is_some_and(|field| field.name == "struct_size");
        let init = format!("{}_INIT", record.name.to_uppercase());
        if grows != header.macros.iter().any(|it| it.name == init) {
            faults.push(format!("{}: struct_size and {init} go together", record.name));
        }
    }
    faults
}

/// What is wrong with the comment of a function.
fn comment_faults(docs: &[String], parameters: &[&str]) -> Vec<String> {
    let mut faults = Vec::new();
    let labels: Vec<&str> = docs
        .iter()
        .filter_map(|line| LABELS.into_iter().find(|label| line.starts_with(label)))
        .collect();
    if labels != LABELS {
        faults.push(format!("labels are {labels:?}"));
    }
    for line in docs.iter().filter(|line| LABELS.contains(&line.trim())) {
        faults.push(format!("nothing behind {line}"));
    }
    if docs.first().is_none_or(|line| line.starts_with(LABELS[0]) || line.starts_with('@')) {
        faults.push("no summary".to_owned());
    }
    let cost: Vec<&str> = docs
        .iter()
        .skip_while(|line| !line.starts_with("Cost:"))
        .take_while(|line| !line.is_empty())
        .map(String::as_str)
        .collect();
    let since = cost.join(" ");
    let version = since.rsplit_once("Since ").and_then(|(_, version)| version.strip_suffix('.'));
    let is_version =
        |it: &str| it.split('.').count() == 2 && it.split('.').all(|n| n.parse::<u32>().is_ok());
    if !version.is_some_and(is_version) {
        faults.push("the cost does not end with `Since 0.1.`".to_owned());
    }
    for line in docs {
        let Some(rest) = line.strip_prefix("@param ") else { continue };
        let name = rest.split_whitespace().next().unwrap_or("");
        if !parameters.contains(&name) {
            faults.push(format!("@param {name} is no parameter"));
        }
    }
    faults
}

#[test]
fn header_is_documented() {
    let header = Header::parse(&header_text());
    assert!(header.functions.len() > 20 && header.constants.len() > 100, "the parser sees it all");
    let faults = faults(&header);
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// Each rule of the lint finds what breaks it.
#[test]
fn lint_finds_each_fault() {
    let good = "/// Done.\n#define MQC_OK 0\n\n/// A view.\ntypedef struct mqc_view {\n    \
                /// Bytes.\n    size_t len;\n} mqc_view;\n\n/// Options.\ntypedef struct mqc_o {\n    \
                /// Size.\n    size_t struct_size;\n} mqc_o;\n\n/// Defaults.\n\
                #define MQC_O_INIT { sizeof(mqc_o) }\n\n\
                /// Counts.\n///\n/// @param a  what\n///\n/// Ownership: yours.\n\
                /// Lifetime: ends.\n/// Threads: any.\n/// Errors: none.\n/// Cost: O(1),\n\
                ///   none. Since 0.1.\n///\n/// # Safety\n/// As is.\nuint32_t mqc_count(size_t a);\n";
    assert_eq!(faults(&Header::parse(good)), [""; 0]);
    let breaks = [
        ("/// Done.\n", "", "MQC_OK: no comment"),
        ("MQC_OK", "OK", "OK: no prefix MQC_"),
        ("    /// Bytes.\n", "", "mqc_view.len: no comment"),
        ("/// A view.\n", "", "mqc_view: no comment"),
        ("mqc_count", "count", "count: no prefix mqc_"),
        ("/// Threads: any.\n", "", "mqc_count: labels are"),
        (
            "Lifetime: ends.\n/// Threads: any.",
            "Threads: any.\n/// Lifetime: ends.",
            "mqc_count: labels are",
        ),
        ("/// Errors: none.\n", "/// Errors: none.\n/// Errors: none.\n", "mqc_count: labels are"),
        ("Errors: none.", "Errors:", "mqc_count: nothing behind Errors:"),
        (" Since 0.1.", "", "mqc_count: the cost does not end"),
        ("@param a ", "@param b ", "mqc_count: @param b is no parameter"),
        ("/// Counts.\n///\n/// @param", "/// @param", "mqc_count: no summary"),
        ("MQC_O_INIT", "MQC_P_INIT", "mqc_o: struct_size and MQC_O_INIT go together"),
    ];
    for (from, to, expected) in breaks {
        let broken = good.replace(from, to);
        assert_ne!(broken, good, "{from} is there");
        let found = faults(&Header::parse(&broken));
        assert!(found.iter().any(|fault| fault.starts_with(expected)), "{expected}: {found:?}");
    }
}
