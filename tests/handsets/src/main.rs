//! `handsets`: the simulated handsets as a server with a page, for the demo.

use std::{fs, net::SocketAddr, path::PathBuf, process::ExitCode};

use clap::Parser;
use handsets::{Config, Handsets, Pace};

/// Simulated phones behind a Twilio-compatible interface, with a page that shows each of them.
#[derive(Parser)]
struct Arguments {
    /// Where to listen, for the page and for the application.
    #[arg(long, default_value = "127.0.0.1:8081")]
    listen: SocketAddr,
    /// The phones, the account and the webhooks, as JSON.
    #[arg(long)]
    config: PathBuf,
    /// Overrides the account's token, so that it needn't stand in the file.
    #[arg(long, env = "HANDSETS_AUTH_TOKEN", hide_env_values = true)]
    auth_token: Option<String>,
}

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "handsets=info".into()),
        )
        .init();
    match serve(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(arguments: Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let file = fs::read_to_string(&arguments.config)
        .map_err(|error| format!("{}: {error}", arguments.config.display()))?;
    let read: Config =
        serde_json::from_str(&file).map_err(|error| format!("{}: {error}", arguments.config.display()))?;
    let auth_token = arguments.auth_token.unwrap_or_else(|| read.auth_token.clone());
    let handsets =
        Handsets::start(Config { listen: arguments.listen, auth_token, pace: Pace::Realistic, ..read })
            .await?;
    tracing::info!("the phones are at {}", handsets.base_url());
    told_to_stop().await?;
    handsets.stop().await;
    Ok(())
}

/// Waits for Ctrl-C or, where there is such a thing, a polite request to end.
async fn told_to_stop() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}
