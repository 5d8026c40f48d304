//! `keyroom-bench-load`: see the library.

#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "a benchmark's table is its result")]

use std::error::Error;
use std::process::ExitCode;

use clap::Parser as _;
use keyroom_bench_load::{Cli, run};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let report = runtime.block_on(run(&Cli::parse()))?;
    println!("{}", report.section);
    Ok(if report.is_whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
