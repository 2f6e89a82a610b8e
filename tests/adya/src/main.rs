//! An independent judge of histories. Each line of standard input is a history,
//! `{"id": 1, "workload": "list-append", "models": ["serializable"], "operations": [...]}`, with operations as Jepsen
//! writes them; each line of standard output is the verdict of the crate `adya` on it:
//! `{"id": 1, "valid": true, "anomalies": []}`. A line that is no history ends the program with an error.

use std::io::{BufRead, Write, stdin, stdout};
use std::process::ExitCode;

use adya::{History, Opts, Valid, Workload};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    id: u64,
    workload: WorkloadName,
    models: Vec<String>,
    operations: Box<RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum WorkloadName {
    ListAppend,
    RwRegister,
}

#[derive(Serialize)]
struct Verdict {
    id: u64,
    valid: Valid,
    anomalies: Vec<String>,
}

fn main() -> ExitCode {
    match judge_all() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("evenlane-adya-judge: {error}");
            ExitCode::FAILURE
        }
    }
}

fn judge_all() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = stdout().lock();
    for (number, line) in stdin().lock().lines().enumerate() {
        let verdict = judge(&line?).map_err(|error| format!("line {}: {error}", number + 1))?;
        serde_json::to_writer(&mut out, &verdict)?;
        out.write_all(b"\n")?;
    }
    Ok(out.flush()?)
}

fn judge(line: &str) -> Result<Verdict, Box<dyn std::error::Error>> {
    let Question {
        id,
        workload,
        models,
        operations,
    } = serde_json::from_str(line)?;
    if let Some(unknown) = models.iter().find(|model| adya::model::canonical(model).is_none()) {
        let known: Vec<&str> = adya::model::all_models().into_iter().collect();
        return Err(format!("there is no model named {unknown}; known are {}", known.join(", ")).into());
    }
    let history = History::from_json(operations.get())?;
    let workload = match workload {
        WorkloadName::ListAppend => Workload::ListAppend,
        WorkloadName::RwRegister => Workload::RwRegister,
    };
    // Both judges take it that who read a register and wrote it installed a later version.
    let report = adya::check(
        &history,
        workload,
        &Opts {
            models,
            wfr_keys: true,
            ..Opts::default()
        },
    );
    Ok(Verdict {
        id,
        valid: report.valid,
        anomalies: report.anomaly_types,
    })
}
