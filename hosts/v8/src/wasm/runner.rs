//! The bytes of `runner.wat`.

/// A wasm module that runs one call of a guest after another on one stack.
#[rustfmt::skip]
pub const RUNNER: &[u8] = &[
    // Magic number, version 1.
    0, 97, 115, 109, 1, 0, 0, 0,
    // Types: () -> (i32), () -> (), (i32, i32) -> ().
    1, 13, 3, 96, 0, 1, 127, 96, 0, 0, 96, 2, 127, 127, 0,
    // Imports: host.next, host.args_len, host.done, guest.call.
    2, 54, 4,
    4, 104, 111, 115, 116, 4, 110, 101, 120, 116, 0, 0,
    4, 104, 111, 115, 116, 8, 97, 114, 103, 115, 95, 108, 101, 110, 0, 0,
    4, 104, 111, 115, 116, 4, 100, 111, 110, 101, 0, 1,
    5, 103, 117, 101, 115, 116, 4, 99, 97, 108, 108, 0, 2,
    // One function of the second type, exported as "run".
    3, 2, 1, 1,
    7, 7, 1, 3, 114, 117, 110, 0, 4,
    // loop; call 0; call 1; call 3; call 2; br 0; end; end.
    10, 17, 1, 15, 0, 3, 64, 16, 0, 16, 1, 16, 3, 16, 2, 12, 0, 11, 11,
];

#[cfg(test)]
mod tests {
    #[test]
    fn the_bytes_are_those_of_the_text() {
        let assembled = wat::parse_str(include_str!("runner.wat")).expect("the text is a module");
        // The assembler adds a section of names.
        assert!(assembled.starts_with(super::RUNNER));
    }
}
