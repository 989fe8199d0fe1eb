//! The rules of devices, told as stories.

mod blanks;
mod calling_off;
mod cast;
mod closing;
mod handing_over;
mod hearing;
mod issuing;
mod kept;
mod losing;
mod overdue;
mod permanent;
mod random;
mod registering;
mod reserving;
mod returning;
mod supplying;
mod swapping;
