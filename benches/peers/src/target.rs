//! The targets: each a figure of one run, with what must hold and what is aimed at.

/// Whether more is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// At least.
    Floor,
    /// At most.
    Ceiling,
}

/// A target and what was measured.
#[derive(Clone, Debug)]
pub struct Target {
    /// What is compared with what.
    pub what: String,
    /// What was measured.
    pub measured: f64,
    /// Which side of the numbers is good.
    pub bound: Bound,
    /// What has to hold.
    pub must: f64,
    /// What is aimed at.
    pub goal: f64,
    /// The unit behind the numbers.
    pub unit: &'static str,
}

impl Target {
    /// Times as fast as someone else.
    pub fn times(what: String, measured: f64, (must, goal): (f64, f64)) -> Self {
        Target { what, measured, bound: Bound::Floor, must, goal, unit: "x" }
    }

    /// Not more than so much.
    pub fn at_most(
        what: String,
        measured: f64,
        (must, goal): (f64, f64),
        unit: &'static str,
    ) -> Self {
        Target { what, measured, bound: Bound::Ceiling, must, goal, unit }
    }

    fn meets(&self, limit: f64) -> bool {
        match self.bound {
            Bound::Floor => self.measured >= limit,
            Bound::Ceiling => self.measured <= limit,
        }
    }

    /// Whether what has to hold does.
    pub fn passed(&self) -> bool {
        self.meets(self.must)
    }

    /// One word for the table.
    pub fn verdict(&self) -> &'static str {
        if self.meets(self.goal) {
            "pass, goal met"
        } else if self.passed() {
            "pass"
        } else {
            "**FAIL**"
        }
    }
}
