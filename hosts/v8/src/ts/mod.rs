//! JavaScript guests.

mod ambient;
mod blocking;
mod host;
mod instance;
mod lane;
mod load;
mod program;
mod serve;
mod state;

pub use program::TsProgram;
