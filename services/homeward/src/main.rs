//! `homeward`: the one binary.

use clap::Parser;
use homeward::command::Cli;

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
