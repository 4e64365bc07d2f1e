//! The smallest program with the same fault.

use crate::program::{Op, Program};

/// Takes away what can be taken away while the program still `fails`.
pub(crate) fn shrink(mut program: Program, fails: impl Fn(&Program) -> bool) -> Program {
    while let Some(smaller) = smaller(&program).into_iter().find(&fails) {
        program = smaller;
    }
    program
}

fn smaller(program: &Program) -> Vec<Program> {
    let mut all = Vec::new();
    let mut with = |change: &dyn Fn(&mut Program)| {
        let mut changed = program.clone();
        change(&mut changed);
        all.push(changed);
    };
    for (t, task) in program.tasks.iter().enumerate() {
        if t + 1 == program.tasks.len() {
            with(&|p| p.tasks.truncate(t));
        }
        if task.strands.iter().any(|strand| !strand.ops.is_empty() || !strand.has.is_empty()) {
            with(&|p| p.tasks[t].strands.clear());
        }
        if task.is_thread {
            with(&|p| p.tasks[t].is_thread = false);
        }
        if task.returns {
            with(&|p| p.tasks[t].returns = false);
        }
        for (s, strand) in task.strands.iter().enumerate() {
            if task.strands.len() > 1 {
                with(&|p| {
                    p.tasks[t].strands.remove(s);
                });
            }
            if strand.tracked {
                with(&|p| p.tasks[t].strands[s].tracked = false);
            }
            for h in 0..strand.has.len() {
                with(&|p| {
                    p.tasks[t].strands[s].has.remove(h);
                });
            }
            for (o, op) in strand.ops.iter().enumerate() {
                with(&|p| {
                    p.tasks[t].strands[s].ops.remove(o);
                });
                let Op::Wait(arms) = op else { continue };
                for a in (0..arms.len()).filter(|_| arms.len() > 1) {
                    with(&|p| {
                        if let Op::Wait(arms) = &mut p.tasks[t].strands[s].ops[o] {
                            arms.remove(a);
                        }
                    });
                }
            }
        }
    }
    if program.statics {
        with(&|p| p.statics = false);
    }
    if program.static_place {
        with(&|p| p.static_place = false);
    }
    if !program.hands_over {
        with(&|p| p.hands_over = true);
    }
    all
}
