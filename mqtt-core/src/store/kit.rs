//! Checks that a store of any kind can be run through.
