//! The rules of the trip form, told as stories.

mod authorising;
mod cast;
mod copying;
mod departing;
mod direct;
mod drafting;
mod drills;
mod hearing;
mod left_without_clearance;
mod on_the_way;
mod policy;
mod returning;
mod tour_numbers;
