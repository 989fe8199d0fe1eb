//! When check-ins would fall due if everything went as the form says: for whoever fills the form in.

use jiff::Timestamp;
use proto::v1::checkins::DueFor;
use proto::v1::trips::TripForm;
use proto::values::SchoolZone;

use crate::course::Course;
use crate::progress::Progress;

/// The check-ins of a form from its departure to its return, each said when it is due; `most` of them at most.
pub fn planned(form: &TripForm, zone: &SchoolZone, most: usize) -> Vec<(Timestamp, DueFor)> {
    let course = Course {
        departed_at: form.window.from,
        window: form.window,
        plan: form.plan.clone(),
        quiet: form.quiet.clone(),
        destinations: form.destinations.clone(),
    };
    let mut progress = Progress::from(form.window.from, 0);
    let mut dues = Vec::new();
    while dues.len() < most {
        let next = course.arm(&progress, zone, form.window.from);
        if next.at > form.window.to {
            break;
        }
        // As a miss does, a word in time settles what was due then.
        progress.miss(next.at);
        dues.push((next.at, next.what));
    }
    dues
}
