//! What is told of rows: as JSON, and in messages.

use redb::ReadableTable;

use super::TABLES;
use crate::{
    canonical,
    failure::{Code, Refusal},
};

/// No row is under that key.
pub(super) fn absent(table: &str, key: &str) -> Refusal {
    Refusal::new(
        Code::Absent,
        format!("the table `{table}` has no row under {}", shown(key)),
    )
}

/// A key as it stands in messages: quoted, and cut where it is long.
pub(super) fn shown(key: &str) -> String {
    let mut characters = key.chars();
    let start: String = characters.by_ref().take(100).collect();
    let cut = if characters.next().is_some() { "…" } else { "" };
    format!("{}{cut}", canonical::quote(&start))
}

/// `[["key", row], …]`, or nothing where it passes `limit` bytes.
pub(super) fn rows_json(
    rows: &impl ReadableTable<&'static str, &'static str>,
    from: &str,
    to: &str,
    limit: usize,
) -> Option<String> {
    let mut json = String::from("[");
    let range = if to.is_empty() {
        rows.range(from..)
    } else if from < to {
        rows.range(from..to)
    } else {
        return Some("[]".to_owned());
    };
    for entry in range.expect(TABLES) {
        let (key, row) = entry.expect(TABLES);
        if json.len() > 1 {
            json.push(',');
        }
        json.push('[');
        json.push_str(&canonical::quote(key.value()));
        json.push(',');
        json.push_str(row.value());
        json.push(']');
        if json.len() >= limit {
            return None;
        }
    }
    json.push(']');
    Some(json)
}
