//! The generator behind a guest's `Math.random`.

/// An sfc32, as the guest ABI defines it: its seed is its first state, without a warm-up.
#[derive(Clone, Debug)]
pub struct Sfc32([u32; 4]);

impl Sfc32 {
    /// At its first number.
    pub fn new(seed: [u32; 4]) -> Sfc32 {
        Sfc32(seed)
    }

    /// The next number: 0 or more and less than 1.
    pub fn draw(&mut self) -> f64 {
        let [a, b, c, d] = self.0;
        let result = a.wrapping_add(b).wrapping_add(d);
        self.0 = [
            b ^ (b >> 9),
            c.wrapping_add(c << 3),
            c.rotate_left(21).wrapping_add(result),
            d.wrapping_add(1),
        ];
        f64::from(result) / 2f64.powi(32)
    }
}
