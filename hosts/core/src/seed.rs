//! What is derived from the run's seed: the seed of each call and the identities, so that they repeat.

use sha2::{Digest, Sha256};

/// The seed of the call numbered `n` of a module: the first sixteen bytes of SHA-256 of `<run seed>:<n>`, as four
/// little-endian numbers.
pub(crate) fn call_seed(run_seed: &str, n: u64) -> [u32; 4] {
    let digest = Sha256::digest(format!("{run_seed}:{n}"));
    std::array::from_fn(|word| {
        let at = word * 4;
        u32::from_le_bytes([digest[at], digest[at + 1], digest[at + 2], digest[at + 3]])
    })
}

/// The last bits of a module's UUID of that number: the first four bytes of SHA-256 of `<run seed>:uuid:<n>`, big-endian.
pub(crate) fn uuid_tail(run_seed: &str, n: u64) -> u32 {
    let digest = Sha256::digest(format!("{run_seed}:uuid:{n}"));
    u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]])
}

/// The identity of a connection of a module.
pub(crate) fn connection_identity(run_seed: &str, module: &str, connection: &str) -> String {
    hex(&Sha256::digest(format!("{run_seed}:connection:{module}:{connection}")))
}

/// A module's own identity: the sender of its hooks without a connection and of its scheduled calls.
pub(crate) fn module_identity(run_seed: &str, module: &str) -> String {
    hex(&Sha256::digest(format!("{run_seed}:module:{module}")))
}

/// Bytes in lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_seed_is_the_start_of_the_digest() {
        // printf 'evenlane:0' | sha256sum
        let digest = hex(&Sha256::digest("evenlane:0"));
        let words = call_seed("evenlane", 0);
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        assert_eq!(hex(&bytes), digest[..32]);
        assert_ne!(call_seed("evenlane", 1), words);
    }
}
