//! `homeward`: the one binary.

use clap::Parser;
use homeward::command::Cli;

/// What one thread makes another frees: see infra/decisions/016-allocator.md.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    match Cli::parse().run() {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(message) => {
            use std::io::Write;
            // Nowhere else to say it if standard error is closed.
            let _ = writeln!(std::io::stderr(), "homeward: {message}");
            std::process::ExitCode::FAILURE
        }
    }
}
